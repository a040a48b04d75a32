"""Proof of tone, triage and question groups: held-out reviews, labelled rows, plain rivals."""

import csv
import hashlib
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from opsbook.config import reference_path
from opsbook.methods import text
from opsbook.methods.text import lexicon, moderation, ngrams, questions

from . import _claim, text_cases, train_text

EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]"


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


def emoji_tweets(folder):
    """Tweets with emoji, none trained on: (macro F1 of blame and praise, vaderSentiment's, rows).

    The English part is trained anew on the tweets without emoji; 15 seconds.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    frame = train_text.airline_tweets(folder)
    marked = frame.text.str.contains(EMOJI)
    with np.load(reference_path("models", "sentiment.npz")) as shipped:
        kept = {**dict(shipped), **train_text.english(frame[~marked])}
    frame = frame[marked & (frame.label != 1)]
    with tempfile.TemporaryDirectory() as made:
        np.savez_compressed(Path(made, "model.npz"), **kept)
        found = text.sentiment(frame.text, model_path=Path(made, "model.npz")) > 0
    vader = SentimentIntensityAnalyzer()
    rival = [vader.polarity_scores(line)["compound"] > 0 for line in frame.text]
    good = frame.label == 2
    return macro_f1(good, found), macro_f1(good, rival), len(frame)


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
    """The written comments that share no wording with rules or with what they were fitted to.

    Columns: text, label. A row is left out where a phrase of any rule occurs in it, or four Han
    characters or three words in a row that a comment seen before has too.
    """
    frame = pd.DataFrame(
        [(line, label) for label, lines in text_cases.COMMENTS.items() for line in lines],
        columns=["text", "label"],
    )
    block = ngrams.block(frame["text"].to_list())
    known = np.zeros(len(frame), bool)
    known[moderation.phrase_hits(block, moderation.rules())[0]] = True
    seen = set()
    for name in ("COMMENTS_SEEN", "COMMENTS_SEEN_LATER", "COMMENTS_SEEN_LAST"):
        for lines in getattr(text_cases, name).values():
            seen.update(*map(_runs, lines))
    known |= np.array([bool(_runs(line) & seen) for line in frame["text"]])
    return frame[~known].reset_index(drop=True)


def _runs(line):
    """Four characters in a row of a Chinese line, three words in a row of an English one."""
    parts, size = (line.lower().split(), 3) if line.isascii() else (line, 4)
    return {tuple(parts[at : at + size]) for at in range(len(parts) - size + 1)}


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
    place = dict(tones.terms.automaton.items())
    terms = [t for t, at in place.items() if tones.symbol[at] and abs(tones.tone[at]) >= 2]
    drawn = rng.choice(terms, runs)
    posts = [f"{rng.choice(plain)} {term}" for term in drawn]
    sign = np.array([tones.tone[place[term]] > 0 for term in drawn])
    return float(((text.sentiment(posts).to_numpy() > 0) == sign).mean())


def claims(*, thin=True, real=None):
    """One row per claim; figures that need real data are the last measured where there are none."""
    real = real or os.environ.get("OPSBOOK_REAL_DATA")
    rows = [
        _on_real("tone_shop", "shop", "≥ 0.93", lambda: shop_reviews(real)[:2], "snownlp", real),
        _on_real(
            "tone_takeaway", "takeaway", "≥ 0.84", lambda: takeaway_reviews(real), "snownlp", real
        ),
        _on_real("tone_airline", "airline", None, lambda: airline_tweets(real), "vader", real),
        _on_real(
            "tone_microblog",
            "microblog",
            "≥ 0.72",
            lambda: emoji_tweets(real),
            "vader",
            None if thin else real,
        ),
    ]
    rows += _triage("triage_hand", hand_labels(real) if real else None)
    rows += _triage("triage_written", written_comments())
    frame = question_rows()
    (ours, rival), seconds = _claim.timed(group_scores, frame)
    rows.append(
        _claim.claim(
            "text.groups",
            ours,
            "above_alternative",
            ours > rival,
            alternative="keywords",
            beside=rival,
            runs=len(frame),
            seconds=seconds,
            source="written",
        )
    )
    lines = text_cases.COMMENTS["complaint"] + text_cases.COMMENTS["praise"]
    lines = list(lines) * (200 if thin else 2000)
    for name, pace, limit in zip(("tone", "triage"), speed(lines), (0.2, 0.15), strict=True):
        rows.append(
            _claim.claim(
                f"text.speed_{name}",
                pace,
                f"< {limit}",
                pace < limit,
                alternative="snownlp",
                beside=_claim.last_measured("text", "speed")["alternative"],
                runs=len(lines),
                source="this_machine",
            )
        )
    return _claim.table(rows)


def _on_real(name, key, target, measure, alternative, real):
    """A claim on a real file: measure() gives the figure, the rival's unless kept, and rows."""
    kept, seconds = _claim.last_measured("text", key), 0.0
    figure, rival, runs = kept["figure"], kept["alternative"], kept["rows"]
    path = _claim.real_file(real, f"text/{kept['file']}") if real else None
    if path:
        (figure, *between, runs), seconds = _claim.timed(measure)
        rival = between[0] if between else rival
    least = float(target.split()[-1]) if target else rival
    return _claim.claim(
        f"text.{name}",
        figure,
        target or "above_alternative",
        round(figure, 3) >= least if target else figure > rival,
        alternative=alternative,
        beside=rival,
        runs=runs,
        seconds=seconds,
        **_claim.origin(path, kept),
    )


def _triage(name, frame):
    """Macro F1, then precision and recall per class; of the last measurement where frame is None."""
    if frame is None:
        kept = _claim.last_measured("text", "hand")
        scores = pd.DataFrame(kept["classes"])
        ours, rival, seconds, origin = kept["figure"], kept["alternative"], 0.0, None
        origin = _claim.origin(None, kept)
    else:
        found, seconds = _claim.timed(lambda: text.triage(frame.text.to_list()).label)
        scores = per_class(frame)
        ours, rival = macro_f1(frame.label, found), macro_f1(frame.label, tone_only(frame))
        origin = {"source": "labelled_by_hand" if name == "triage_hand" else "written"}
    rows = [
        _claim.claim(
            f"text.{name}",
            ours,
            "above_alternative",
            ours > rival,
            alternative="tone_and_mark",
            beside=rival,
            runs=int(scores["n"].sum()),
            seconds=seconds,
            **origin,
        )
    ]
    for row in scores.itertuples():
        for what in ("precision", "recall"):
            figure = getattr(row, what)
            rows.append(
                _claim.claim(
                    f"text.{name}_{what}",
                    figure,
                    "",
                    True,
                    case=row.label,
                    runs=row.n,
                    **origin,
                )
            )
    return rows
