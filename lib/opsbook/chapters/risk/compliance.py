"""8.3.1: the checklist by law with its evidence, and the scan of every text for banned wording."""

import json
import os
from hashlib import sha256

import numpy as np
import pandas as pd

from opsbook import config
from opsbook.chapters.risk import rows
from opsbook.errors import InputError
from opsbook.methods import compliance, images, ratios

LAWS = (
    *("advertising", "cybersecurity", "unfair_competition", "personal_information"),
    *("internet_information", "internal"),
)
PICTURES = ("ad", "cover", "image")
# OCR takes a second or so a picture: so many unread ones are read per run, the rest next time.
MOST_PICTURES = 4


def rules():
    """The shipped checklist: law, rule_id, title, article, verified, asks - one row per rule."""
    about = config.load_toml(config.reference_path("law", "compliance_checklist.toml"))
    return about["rule"]


def checklist(book):
    """Rules of the five laws and the house, item by item, with state and evidence.

    Shipped rules that nobody has checked stand with state not_checked. is_verified is False
    where the rule's own text was not at hand when the list was written; have counsel read it
    before relying on it. Columns: law, rule_id, rule, item, state, evidence, signed_off_by,
    signed_off_at, owner, due_at, is_overdue, is_verified.
    """
    return book.once("risk.checklist", lambda: _checklist(book))


def _checklist(book):
    done = rows.until(
        book,
        book.frame("compliance_checks").assign(
            known=lambda f: f["checked_at"].fillna(pd.Timestamp.min.as_unit("us"))
        ),
        "known",
    )
    shipped = {r["rule_id"]: r for r in rules()}
    frame = done[
        [
            "law",
            "rule_id",
            "item",
            "state",
            "evidence",
            "signed_off_by",
            "signed_off_at",
            "owner",
            "due_at",
        ]
    ].copy()
    asked = set(frame["rule_id"])
    missing = [
        {"law": r["law"], "rule_id": k, "item": None, "state": "not_checked"}
        for k, r in shipped.items()
        if k not in asked
    ]
    if missing:
        extra = pd.DataFrame(missing).reindex(columns=frame.columns)
        for column in ("signed_off_at", "due_at"):
            extra[column] = pd.to_datetime(extra[column]).astype(frame[column].dtype)
        frame = extra if frame.empty else pd.concat([frame, extra], ignore_index=True)
    frame["rule"] = [_title(book, shipped.get(k), k) for k in frame["rule_id"]]
    frame["is_verified"] = [bool(shipped.get(k, {}).get("verified")) for k in frame["rule_id"]]
    open_ = frame["state"].isin(["open", "partly", "not_checked"])
    frame["is_overdue"] = open_ & (frame["due_at"] < rows.last_day(book))
    order = {law: i for i, law in enumerate(LAWS)}
    frame = frame.sort_values(
        ["law", "rule_id", "item"], key=lambda c: c.map(order) if c.name == "law" else c
    ).reset_index(drop=True)
    frame["item"] = frame["item"].fillna("")
    for r in frame[frame["is_overdue"]].itertuples():
        book.find(
            "8.3.1",
            "high" if r.state == "open" else "medium",
            "8.3.1.overdue",
            subject=f"{r.rule_id} {r.item}".strip(),
            figure=(rows.last_day(book) - r.due_at).days,
            unit="days",
            owner=r.owner if isinstance(r.owner, str) else None,
            law=str(book.translator.value(r.law)),
            rule=r.rule,
        )
    columns = [
        *("law", "rule_id", "rule", "item", "state", "evidence", "signed_off_by"),
        *("signed_off_at", "owner", "due_at", "is_overdue", "is_verified"),
    ]
    return frame[columns]


def _title(book, rule, fallback):
    if rule is None:
        return fallback
    return rule["title"].get(book.language) or rule["title"]["en"]


def by_law(book):
    """The checklist by law: items, met, partly, open, not_checked, the share met with its Wilson
    interval, how many are overdue, and how many rules ship unverified."""
    frame = checklist(book)
    out = []
    for law in LAWS:
        part = frame[(frame["law"] == law) & (frame["state"] != "not_applicable")]
        if part.empty:
            continue
        states = part["state"].value_counts()
        met, n = int(states.get("met", 0)), len(part)
        low, high = ratios.wilson(met, n)
        out.append(
            (
                law,
                n,
                met,
                int(states.get("partly", 0)),
                int(states.get("open", 0)),
                int(states.get("not_checked", 0)),
                met / n,
                low,
                high,
                int(part["is_overdue"].sum()),
                int(part.loc[~part["is_verified"], "rule_id"].nunique()),
            )
        )
        if states.get("not_checked", 0) == n:
            book.find(
                "8.3.1",
                "medium",
                "8.3.1.not_checked",
                subject=str(book.translator.value(law)),
                figure=n,
                unit="pieces",
            )
    if out:
        bans = scan(book)
        bans = bans[bans["risk"] == "ban"]
        book.say(
            "8.3.1",
            "8.3.1.say",
            met=sum(r[2] for r in out),
            items=sum(r[1] for r in out),
            bans=bans["item_id"].nunique(),
        )
    return pd.DataFrame(
        out,
        columns=[
            *("law", "items", "met", "partly", "open", "not_checked", "met_share", "low", "high"),
            *("overdue", "unverified_rules"),
        ],
    )


def whole_text(posts):
    """Title and body of posts as one text; a body that repeats the title is taken once."""
    title = posts["post_title"].fillna("").astype(str)
    body = posts["post_message"].fillna("").astype(str)
    return [
        b if t and b.startswith(t) else "\n".join(p for p in (t, b) if p)
        for t, b in zip(title, body, strict=True)
    ]


def scan(book):
    """Risky wording in every own post, draft, ad and picture: one row per hit, bans first.

    Customers' comments are not scanned: a customer may say "the best". Columns: at, item_kind,
    item_id, platform, term, rule, risk (ban, prove, advise), is_verified (the rule's
    text was at hand), reason, suggestion, text.
    """
    return book.once("risk.scan", lambda: _scan(book))[0]


def scan_coverage(book):
    """What was scanned: item_kind, items, scanned, with_hits, ban, prove, advise, note.

    Pictures need the `ocr` extra; where it is missing, or pictures are still unread, note says so.
    """
    return book.once("risk.scan", lambda: _scan(book))[1]


def _scan(book):
    hits, covered = [], []
    for kind, frame, total, note in _own_texts(book):
        found = compliance.check_many(frame["text"].tolist(), language=book.language)
        counts = dict.fromkeys(("ban", "prove", "advise"), 0)
        touched = 0
        for item, list_ in zip(frame.itertuples(), found, strict=True):
            seen = set()
            for hit in list_:
                if (hit.term, hit.rule) in seen:
                    continue
                seen.add((hit.term, hit.rule))
                counts[hit.severity] += 1
                hits.append(
                    (
                        item.at,
                        kind,
                        item.item_id,
                        item.platform,
                        item.text[hit.start : hit.end],
                        hit.rule,
                        hit.severity,
                        hit.verified,
                        hit.reason,
                        hit.suggestion,
                        rows.short(item.text, 60),
                    )
                )
            touched += bool(list_)
        covered.append((kind, total, len(frame), touched, *counts.values(), note))
    frame = pd.DataFrame(
        hits,
        columns=[
            *("at", "item_kind", "item_id", "platform", "term", "rule", "risk"),
            *("is_verified", "reason", "suggestion", "text"),
        ],
    )
    rank = {"ban": 0, "prove": 1, "advise": 2}
    frame = frame.assign(rank=frame["risk"].map(rank)).sort_values(
        ["rank", "at"], ascending=[True, False], ignore_index=True
    )
    frame = frame.drop(columns="rank")
    about = pd.DataFrame(
        covered,
        columns=[
            *("item_kind", "items", "scanned", "with_hits", "ban", "prove", "advise", "note"),
        ],
    )
    _report(book, frame)
    return frame, about


def _report(book, frame):
    bans = frame[frame["risk"] == "ban"]
    for (kind, _item), part in bans.groupby(["item_kind", "item_id"], sort=False):
        first = part.iloc[0]
        words = book.t("shown.list").join(f"“{t}”" for t in dict.fromkeys(part["term"]))
        book.find(
            "8.3.1",
            "critical" if kind in ("ad", "draft") else "high",
            f"8.3.1.banned_{'draft' if kind == 'draft' else 'live'}",
            subject=f"{book.translator.value(first['platform'])} {first['text']}",
            figure=len(part),
            unit="times",
            terms=words,
            rule=first["rule"],
            reason=first["reason"],
            suggestion=first["suggestion"],
            kind=str(book.translator.value(kind)),
        )


def _own_texts(book):
    """(kind, frame of at, item_id, platform, text, how many there are, note) of what is our own."""
    posts = rows.until(book, book.frame("posts"), "created_timestamp")
    yield "post", _texts(posts, "created_timestamp", "post_id", whole_text(posts)), len(posts), ""
    drafts = book.frame("calendar_items")
    drafts = drafts[drafts["state"].isin(["proposed", "approved"])]
    yield "draft", _texts(drafts, "slot_at", "item_id", drafts["title"]), len(drafts), ""
    ads = book.frame("ad_campaigns")
    ads = ads[~(ads["start_date"] > rows.last_day(book))].drop_duplicates("ad_id", keep="last")
    yield "ad", _texts(ads, "start_date", "ad_id", ads["copy_text"]), len(ads), ""
    pictures = book.frame("assets")
    pictures = pictures[pictures["kind"].isin(PICTURES)]
    order = {k: i for i, k in enumerate(PICTURES)}
    pictures = pictures.assign(order=pictures["kind"].map(order)).sort_values(
        ["order", "changed_at"], ascending=[True, False]
    )
    texts, note = _picture_texts(book, pictures)
    frame = _texts(pictures, "changed_at", "asset_id", texts)
    read = frame.dropna(subset=["text"]).reset_index(drop=True)
    yield "picture", read, len(pictures), note


def _texts(frame, at, key, text):
    made = pd.DataFrame(
        {
            "at": pd.to_datetime(frame[at]).to_numpy(),
            "item_id": frame[key].to_numpy(),
            "platform": frame["platform"].to_numpy(),
            "text": np.asarray(text, dtype=object),
        }
    )
    kept = made["text"].map(lambda v: isinstance(v, str))
    return made if not len(made) else made[kept | (made["text"].isna())].reset_index(drop=True)


def _picture_texts(book, pictures):
    """Words in each picture (None where unread) and a note; what was read once is kept by hash."""
    kept = _Kept(book)
    texts, unread, no_file = [], 0, 0
    fresh, installed = 0, True
    for path in pictures["path"]:
        file = book.asset_path(path)
        if file is None:
            no_file += 1
            texts.append(None)
            continue
        key = sha256(file.read_bytes()).hexdigest()
        if key not in kept.known and installed and fresh < MOST_PICTURES:
            try:
                kept.known[key] = "\n".join(images.read_text(file)["text"])
                fresh += 1
            except InputError as error:
                if "OCR" in str(error):
                    installed = False
                else:
                    kept.known[key] = ""
        unread += key not in kept.known
        texts.append(kept.known.get(key))
    if fresh:
        kept.write()
    notes = [] if installed else [book.t("8.3.1.no_ocr")]
    if unread and installed:
        notes.append(book.t("8.3.1.unread", unread=unread))
    if no_file:
        notes.append(book.t("8.3.1.no_file", files=no_file))
    return texts, " ".join(notes)


class _Kept:
    """Words read from pictures, by the picture's hash: data/private/picture_words.json."""

    def __init__(self, book):
        self.file = book.settings.data / "private" / "picture_words.json"
        try:
            self.known = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def write(self):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(f".{os.getpid()}.tmp")
        new.write_text(json.dumps(self.known, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self.file)
