"""Proof of tone, triage and question groups: held-out reviews, labelled rows, plain rivals."""

import csv
import hashlib
import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from opsbook.config import reference_path
from opsbook.methods import text
from opsbook.methods.text import lexicon, moderation, ngrams, questions

from . import text_cases, train_text


def macro_f1(truth, found):
    """Macro-averaged F1 of two label lists."""
    from sklearn.metrics import f1_score

    return float(f1_score(list(truth), list(found), average="macro", zero_division=0))


def shop_reviews(folder):
    """Held-out fifth of the shop reviews: (macro F1, rows, ms a text)."""
    frame = train_text.shop_reviews(folder)
    frame = frame[frame.held]
    start = time.process_time()
    found = text.sentiment(frame.text) > 0
    seconds = time.process_time() - start
    return macro_f1(frame.label == 1, found), len(frame), 1000 * seconds / len(frame)


def takeaway_reviews(folder):
    """Takeaway reviews, none of them trained on: (macro F1, rows)."""
    frame = train_text.takeaway_reviews(folder)
    return macro_f1(frame.label == 1, text.sentiment(frame.text) > 0), len(frame)


def airline_tweets(folder):
    """Held-out tweets without the neutral ones: (macro F1, vaderSentiment's, rows)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    frame = train_text.airline_tweets(folder)
    frame = frame[frame.held & (frame.label != 1)]
    vader = SentimentIntensityAnalyzer()
    rival = [vader.polarity_scores(line)["compound"] > 0 for line in frame.text]
    good = frame.label == 2
    return macro_f1(good, text.sentiment(frame.text) > 0), macro_f1(good, rival), len(frame)


def snownlp_f1(frame):
    """Macro F1 of snownlp on a review frame; NaN where it is not installed."""
    try:
        from snownlp import SnowNLP
    except ImportError:
        return float("nan")
    found = [SnowNLP(line).sentiments > 0.5 for line in frame.text]
    return macro_f1(frame.label == 1, found)


def hand_labels(folder):
    """The hand-labelled real texts: text, label. Rows are found by number, checked by hash."""
    path = reference_path("proof", "triage_labels.csv")
    columns = {"shop_reviews_zh.csv": "review", "takeaway_reviews_zh.csv": "review"}
    files, rows = {}, []
    with path.open(encoding="utf-8", newline="") as labels:
        for row in csv.DictReader(labels):
            name = row["file"]
            if name not in files:
                column = columns.get(name, "text")
                files[name] = pd.read_csv(Path(folder) / "text" / name)[column].fillna("")
            line = files[name].iloc[int(row["row"])]
            if hashlib.sha256(line.encode()).hexdigest().startswith(row["sha256_12"]):
                rows.append((line, row["label"]))
    return pd.DataFrame(rows, columns=["text", "label"])


def written_comments():
    """The written comments that rules were not fitted to: text, label."""
    return pd.DataFrame(
        [(line, label) for label, lines in text_cases.COMMENTS.items() for line in lines],
        columns=["text", "label"],
    )


def per_class(frame):
    """Precision and recall of triage by label on a frame of text and label: one row per label."""
    found = text.triage(frame.text.to_list()).label.to_numpy()
    truth = frame.label.to_numpy()
    rows = []
    for label in moderation.LABELS:
        hit = ((found == label) & (truth == label)).sum()
        rows.append(
            {
                "label": label,
                "n": int((truth == label).sum()),
                "precision": hit / max((found == label).sum(), 1),
                "recall": hit / max((truth == label).sum(), 1),
            }
        )
    return pd.DataFrame(rows)


def tone_only(frame):
    """The plain rival of triage: complaint below -0.3, praise above 0.3, a ? makes a question."""
    tone = text.sentiment(frame.text.to_list()).to_numpy()
    asked = frame.text.str.contains("[?？]").to_numpy()
    label = np.where(tone < -0.3, "complaint", np.where(tone > 0.3, "praise", "neutral"))
    return np.where(asked, "question", label)


def question_rows(intents=None, seed=0):
    """Generated questions: text, intent; three products drawn for each wording."""
    rng, rows = np.random.default_rng(seed), []
    for intent, wordings in text_cases.QUESTIONS.items():
        for wording in wordings if intents is None or intent in intents else ():
            chinese = not wording.isascii()
            products = text_cases.PRODUCTS_ZH if chinese else text_cases.PRODUCTS_EN
            for product in rng.choice(products, 3, replace=False):
                rows.append((wording.replace("{p}", str(product)), intent))
    return pd.DataFrame(rows, columns=["text", "intent"]).drop_duplicates(ignore_index=True)


def keyword_groups(texts):
    """The plain rival of question groups: the topic whose keywords occur most; else alone."""
    _, automaton, names = questions.topics()
    lines = ngrams.clean(list(texts))[1:-1].split(ngrams.BREAK)
    found = questions.topic_matrix([f" {line} " for line in lines], automaton, len(names))
    return np.where(found.max(axis=1) > 0, found.argmax(axis=1), -1)


def group_scores(frame):
    """(adjusted Rand index of group_questions, of the keyword groups); -1 counts as alone."""
    from sklearn.metrics import adjusted_rand_score

    def alone(groups):
        groups = np.asarray(groups)
        return np.where(groups < 0, len(groups) + np.arange(len(groups)), groups)

    ours = alone(text.group_questions(frame.text).frame.group)
    rival = alone(keyword_groups(frame.text))
    return (
        float(adjusted_rand_score(frame.intent, ours)),
        float(adjusted_rand_score(frame.intent, rival)),
    )


def speed(texts):
    """(ms a text of sentiment, of triage) on one core, processor time."""
    text.triage(texts[:10])
    times = []
    for method in (text.sentiment, text.triage):
        start = time.process_time()
        method(texts)
        times.append(1000 * (time.process_time() - start) / len(texts))
    return tuple(times)


def emoji_tone(seed=0, runs=400):
    """Share of made posts (neutral words and an emoji or code) whose tone is the emoji's.

    Emoji are those of the lexicon, so this checks the joining, not the lexicon's truth.
    """
    rng = np.random.default_rng(seed)
    plain = [line for line in text_cases.COMMENTS["neutral"]]
    tones = lexicon.tones()
    terms = [t for t in tones.automaton if tones.symbol[tones.automaton.get(t)]]
    terms = [t for t in terms if abs(tones.tone[tones.automaton.get(t)]) >= 2]
    drawn = rng.choice(terms, runs)
    posts = [f"{rng.choice(plain)} {term}" for term in drawn]
    sign = np.array([tones.tone[tones.automaton.get(term)] > 0 for term in drawn])
    return float(((text.sentiment(posts).to_numpy() > 0) == sign).mean())


def claims(*, thin=True, real=None):
    """One row per claim: claim, figure, target, ok, alternative, alternative_figure, runs,
    seconds, source. real: folder with the real data, or None: the last measured figures."""
    kept = tomllib.loads(reference_path("proof", "text.toml").read_text(encoding="utf-8"))
    rows = []

    def add(claim, target, measure, alternative, *, needs=None, below=False):
        start = time.perf_counter()
        if needs and real is None:
            figure, rival, runs = (kept[needs][k] for k in ("figure", "alternative", "rows"))
            source = f"measured {kept[needs]['date']} on {kept[needs]['file']}, not run now"
        else:
            figure, rival, runs = measure()
            source = f"{needs or 'written cases'}, run now"
        ok = (figure <= target if below else figure >= target) if target is not None else True
        rows.append(
            {
                "claim": claim,
                "figure": round(figure, 4),
                "target": target,
                "ok": bool(ok),
                "alternative": alternative,
                "alternative_figure": round(rival, 4),
                "runs": runs,
                "seconds": round(time.perf_counter() - start, 2),
                "source": source,
            }
        )

    def shop():
        figure, n, _ = shop_reviews(real)
        return figure, kept["shop"]["alternative"], n

    def takeaway():
        figure, n = takeaway_reviews(real)
        return figure, kept["takeaway"]["alternative"], n

    def hand():
        frame = hand_labels(real)
        found = text.triage(frame.text.to_list()).label
        return macro_f1(frame.label, found), macro_f1(frame.label, tone_only(frame)), len(frame)

    def written():
        frame = written_comments()
        found = text.triage(frame.text.to_list()).label
        return macro_f1(frame.label, found), macro_f1(frame.label, tone_only(frame)), len(frame)

    def grouped():
        frame = question_rows()
        return *group_scores(frame), len(frame)

    def pace(which):
        lines = text_cases.COMMENTS["complaint"] + text_cases.COMMENTS["praise"]
        lines = list(lines) * (200 if thin else 2000)
        return speed(lines)[which], kept["speed"]["alternative"], len(lines)

    add("tone, held-out shop reviews, macro F1", 0.93, shop, "snownlp", needs="shop")
    add("tone, takeaway reviews untrained", 0.84, takeaway, "snownlp", needs="takeaway")
    air = "tone, held-out airline tweets (two classes)"
    add(air, None, lambda: airline_tweets(real), "vaderSentiment", needs="airline")
    add("triage, hand-labelled real texts", None, hand, "tone and ?", needs="hand")
    add("triage, written comments, macro F1", None, written, "tone and ?")
    add("question groups, adjusted Rand index", None, grouped, "keywords")
    rows[-1]["ok"] = rows[-1]["figure"] > rows[-1]["alternative_figure"]
    add("tone, ms a text in batches", 0.2, lambda: pace(0), "snownlp", below=True)
    add("triage, ms a text in batches", 0.15, lambda: pace(1), "snownlp", below=True)
    for row in rows[2:5]:
        row["ok"] = row["figure"] > row["alternative_figure"]
    return pd.DataFrame(rows)
