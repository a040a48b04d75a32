"""Chapters 2 and 6 from the raw files: a named change in an export moves its section's figure.

The files are the shipped sample's; each case edits one of them, imports it with the rest of its
kind into an empty workbook, and reads the section's table.
"""

import csv
import io
import shutil

import pytest

import opsbook
from opsbook.chapters import ads, content
from opsbook.data.store import Store

from .conftest import ROOT, make_home

INBOX = ROOT / "data" / "sample" / "inbox"
INSTAGRAM = "instagram@nanshan.tea/2026-11-16/Aug-16-2025_Nov-15-2026_1100001115.csv"
GOOGLE = "google_ads@842-119-7730/2026-11-16/Ad report.csv"
FIRST = ("Post ID", "Day", "platform")  # how the headers begin
KINDS = {
    "posts": (2, INSTAGRAM, "forms/post_labels.csv", "forms/audience_profile.xlsx"),
    "ads": (6, GOOGLE, "forms/ad_campaigns.xlsx", "forms/experiments.xlsx"),
    "splits": (6, "forms/ads_daily.csv", "forms/ad_campaigns.xlsx"),
}


def edited(path, change):
    """The file with change(row: dict) applied to each row; rows for which it says False are left out."""
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    top = next(i for i, row in enumerate(rows) if row and row[0] in FIRST)
    header = rows[top]
    out = rows[: top + 1]
    for row in rows[top + 1 :]:
        about = dict(zip(header, row, strict=False))
        if change(about) is not False:
            out.append([about.get(name, "") for name in header][: len(row)])
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(out)
    path.write_text(written.getvalue(), encoding="utf-8")


def times(column, factor, where=lambda row: True):
    """A change: a figure multiplied in the rows that `where` accepts; totals rows are left out."""

    def change(row):
        if row.get("Day", "").startswith("Total"):
            return False
        if where(row):
            value = float(row[column].replace(",", "") or 0) * factor
            row[column] = f"{value:.2f}" if column in ("Cost", "Conv. value") else str(round(value))
        return True

    return change


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """opened(kind, change): a book on the sample's files of a kind, the first of them edited."""
    kept = {}

    def make(kind, change=None):
        if (kind, change) not in kept:
            chapter, *files = KINDS[kind]
            home = make_home(tmp_path_factory.mktemp("raw") / "home")
            for name in files:
                (home / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(INBOX / name, home / "inbox" / name)
            if change:
                edited(home / "inbox" / files[0], change)
            store = Store(home / "data" / "store")
            for path, result in store.import_folder(home / "inbox"):
                assert not isinstance(result, Exception), (path, result)
            kept[kind, change] = opsbook.open_chapter(chapter, home=home, period="2026-W46")
        return kept[kind, change]

    return make


@pytest.fixture
def moved(opened):
    """moved(kind, change, figure): the section's figure before and after the change."""
    return lambda kind, change, figure: (figure(opened(kind)), figure(opened(kind, change)))


def of(frame, column, **where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, frame
    return float(frame[column].iloc[0])


# ---- chapter 2


def labelled(theme):
    text = (INBOX / "forms/post_labels.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(io.StringIO(text))
    return {r["post_id"] for r in rows if r["kind"] == "theme" and r["label"] == theme}


def test_2_1_1_likes_of_a_theme_trebled_raise_what_the_theme_is_worth(moved):
    daily = labelled("daily")
    before, after = moved(
        "posts", times("Likes", 3, lambda r: r["Post ID"] in daily),
        lambda book: of(content.themes(book), "relative", theme="daily"),
    )  # fmt: skip
    assert after > before + 0.5


def test_2_1_2_likes_of_titles_with_a_number_trebled_are_told(moved):
    numbered = times("Likes", 3, lambda r: any(c.isdigit() for c in r["Description"][:60]))
    before, after = moved(
        "posts", numbered,
        lambda book: of(content.features(book), "relative", feature="has_number"),
    )  # fmt: skip
    assert after > before + 0.3


def test_2_2_1_an_hour_with_four_times_the_likes_becomes_the_best(moved):
    late = times("Likes", 4, lambda r: " 22:" in r["Publish time"])

    def figure(book):
        slots = content.slot_map(book)
        return slots[slots["hour"] == 22]["effect"].mean()

    before, after = moved("posts", late, figure)
    assert after > before + 0.3


def test_2_2_2_half_the_posts_halve_the_rate(moved):
    count = iter(range(10_000))

    def change(row):
        return next(count) % 2 == 0

    before, after = moved(
        "posts", change,
        lambda book: of(content.frequency(book), "posts_per_week", platform="instagram"),
    )  # fmt: skip
    assert after == pytest.approx(before / 2, rel=0.2)


def test_2_3_1_comments_of_a_theme_doubled_double_its_rate(moved):
    daily = labelled("daily")
    before, after = moved(
        "posts", times("Comments", 2, lambda r: r["Post ID"] in daily),
        lambda book: of(content.feedback(book), "comments_per_mille", theme="daily"),
    )  # fmt: skip
    assert after == pytest.approx(2 * before, rel=0.01)


def test_2_3_2_the_week_s_posts_liked_ten_times_as_often_beat_the_baseline(moved):
    week = times("Likes", 10, lambda r: r["Publish time"][:10] in WEEK)
    before, after = moved(
        "posts", week,
        lambda book: content.post_indicators(book)["against_baseline"].median(),
    )  # fmt: skip
    assert after > before + 2


WEEK = {f"11/{day:02d}/2026" for day in range(9, 16)}


# ---- chapter 6


def test_6_1_1_a_type_that_costs_double_is_double(moved):
    before, after = moved(
        "ads", times("Cost", 2, lambda r: r["Ad type"] == "video"),
        lambda book: of(ads.by_type(book), "cost_per_mille", ad_type="video"),
    )  # fmt: skip
    assert after == pytest.approx(2 * before, rel=0.001)


def test_6_1_2_an_hour_without_conversions_is_worse(moved):
    before, after = moved(
        "splits",
        times("conversions", 0, lambda r: r["hour"] == "20"),
        lambda book: of(ads.breakdown(book).astype({"level": str}), "rate", dimension="hour", level="20:00"),
    )  # fmt: skip
    assert before > 0 == after


def test_6_2_1_clicks_of_a_creative_s_ads_doubled_raise_the_element(moved):
    point = times("Clicks", 2, lambda r: "-price-" in r["Ad name"])
    before, after = moved(
        "ads", point,
        lambda book: of(ads.elements(book), "relative", element="selling_point", level="price"),
    )  # fmt: skip
    assert after > before + 0.2


def test_6_2_2_a_call_to_action_without_conversions_earned_nothing(moved):
    about = opsbook.read_export(INBOX / "forms/ad_campaigns.xlsx").frame
    urged = set(about.loc[about["call_to_action"] == "buy_now", "ad_id"])
    assert urged
    before, after = moved(
        "ads", times("Conversions", 0, lambda r: r["Ad ID"] in urged),
        lambda book: of(ads.call_to_action(book), "rate", call_to_action="buy_now"),
    )  # fmt: skip
    assert before > 0.03 and after == 0


def test_6_3_1_half_the_conversions_double_the_cost_of_one(moved):
    halves = times("Conv. value", 0.5)
    before, after = moved(
        "ads", halves,
        lambda book: of(ads.overview(book), "value", indicator="return_on_ad_spend"),
    )  # fmt: skip
    assert after == pytest.approx(before / 2, rel=0.001)


def test_6_3_2_a_running_ad_without_conversions_is_paused(opened, moved):
    table = ads.pause_or_refresh(opened("ads"))
    kept = table[table["decision"] == "keep"]
    weary = str(kept.loc[kept["spend"].idxmax(), "ad_id"])

    def figure(book):
        table = ads.pause_or_refresh(book)
        return set(table.loc[table["ad_id"] == weary, "decision"])

    before, after = moved("ads", times("Conversions", 0, lambda r: r["Ad ID"] == weary), figure)
    assert (before, after) == ({"keep"}, {"pause"})
