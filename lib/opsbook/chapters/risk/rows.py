"""What the sections of chapter 8 share: the end of the period, customers' voices, detectors."""

import pandas as pd

from opsbook import config
from opsbook.data.views import opinion
from opsbook.methods import privacy

WINDOW_DAYS = 90
FAMILIES = ("data_leak", "opinion", "compliance", "operation", "technology")


def last_day(book):
    """The period's last day; nothing later is looked at, but for dates that lie ahead."""
    return pd.Timestamp(book.period.end)


def until(book, frame, column):
    """Rows not later than the period's last day."""
    return frame[frame[column] < last_day(book) + pd.Timedelta(days=1)].reset_index(drop=True)


def voices(book):
    """Customers' comments up to the period's end, with label, tone and is_negative (bool)."""
    frame = until(book, book.view("voices", opinion.voices), "at")
    book.asked.add("comments")
    for column in ("is_negative", "is_handled"):
        frame[column] = frame[column] == 1
    return frame


def detectors():
    """Detector -> family and words, and the bounds of likelihood, as the reference file has them."""
    about = config.load_toml(config.reference_path("risk", "detectors.toml"))
    return about["detector"], about["likelihood"]["events_per_year"]


def masked(book, text, length=80):
    """A text for display: private data replaced by their kind in the reader's language, cut."""
    if not isinstance(text, str):
        return ""
    text = privacy.mask(text)
    for kind in privacy.KINDS:
        text = text.replace(f"[{kind}]", f"[{book.translator.value(kind)}]")
    return short(text, length)


def short(text, length=80):
    """A text cut to a length that a table cell bears."""
    text = " ".join(str(text).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def state_of(met):
    """met, missed, or open where it is not known yet."""
    return "open" if pd.isna(met) else "met" if met else "missed"
