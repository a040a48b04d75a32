"""Chapter 4: every clause has its column, files are judged by what is in them, planted faults are found."""

import functools
import json

import av
import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

import opsbook
from opsbook.chapters import visuals
from opsbook.data import schema
from opsbook.data.sample import brand, live, media, posts, record
from opsbook.data.sample.truth import draw
from opsbook.data.sample.world import World
from opsbook.present import pictures
from tests.chapters.conftest import make_home

SEEDS = (7, 23)
OUT = ("assets", "live")
GREEN, GOLD, PINK = (31, 111, 92), (200, 150, 62), (255, 0, 200)


@pytest.fixture(scope="module")
def brand_book(tmp_path_factory):
    """Call it with a seed and plantings to leave out: an open book on drawn files, and its truth."""

    @functools.cache
    def home(seed, without):
        world = World(seed, 0.5, frozenset(without), draw(seed, without))
        made = posts.make(world)
        folder = tmp_path_factory.mktemp(f"visual{seed}")
        sessions, minutes, rundown = live.make(world)
        tables = {
            "accounts": brand.accounts(world),
            "posts": record.times(made),
            "post_daily": record.at_age(made),
            "video_retention": record.retention(world, made),
            "live_sessions": sessions,
            "live_minutes": minutes,
            "live_rundown": rundown,
            "assets": media.make(world, folder / "data" / "assets", made),
        }
        # the faulty files and a few sound ones: reading all of them takes minutes
        wanted = set(np.hstack([*world.truth.get("assets", {}).get("asset_ids", {}).values(), []]))
        files = tables["assets"]
        first = files["asset_id"].isin(["IM01", "IM02", "IM03", "IM04", *wanted])
        profile = files["kind"].isin(["avatar", "cover"] if wanted else ["avatar"])
        tables["assets"] = files[first | profile].copy()
        tables["assets"]["used_by"] = tables["assets"]["used_by"].map(json.dumps)
        kept = {
            name: table[[c for c in table.columns if c in schema.table(name).columns]]
            for name, table in tables.items()
        }
        return world.truth, make_home(folder, kept)

    def call(seed=7, without=(), **parameters):
        truth, folder = home(seed, tuple(without))
        return opsbook.open_chapter(4, home=folder, period="2026-W46", **parameters), truth

    return call


def found(book, message):
    return [f for f in book.sorted_findings() if f.message == message]


def subjects(book, message):
    return {f.subject.split(" ")[0] for f in found(book, message)}


@pytest.fixture
def drawn_book(tiny_home):
    """Call it with pictures (asset_id -> (kind, PIL image or writer)) and further asset columns."""

    def call(files, tables=None, **about):
        rows = [
            {"asset_id": name, "kind": kind, "platform": "weibo", "account_id": "a1",
             "path": f"{name}.mp4" if kind == "video" else f"{name}.png", "state": "ready",
             "changed_at": pd.Timestamp("2026-11-01").date(), "used_by": "[]"} | about
            for name, (kind, _) in files.items()
        ]  # fmt: skip
        home = tiny_home({"assets": pd.DataFrame(rows)} | (tables or {}))
        folder = home / "data" / "assets"
        folder.mkdir(exist_ok=True)
        for name, (kind, picture) in files.items():
            if kind == "video":
                picture(folder / f"{name}.mp4")
            else:
                picture.save(folder / f"{name}.png")
        return opsbook.open_chapter(4, home=home, period="2026-W46")

    return call


def leaf(side=400, ground=GREEN, colour=GOLD):
    image = Image.new("RGB", (side, side), ground)
    ImageDraw.Draw(image).ellipse((side // 4, side // 3, 3 * side // 4, 2 * side // 3), fill=colour)
    return image


def cover(words, ground=GREEN):
    image = Image.new("RGB", (900, 600), ground)
    pen = ImageDraw.Draw(image)
    pen.text((80, 80), "Nanshan Tea", fill=words, font_size=90)
    pen.ellipse((550, 300, 800, 500), fill=GOLD)
    return image


def test_every_clause_has_its_column(brand_book):
    book, _ = brand_book()
    clauses = {
        "4.1.1": (visuals.avatars, {"width_px", "aspect_ratio", "complexity",
                                    "brand_colour_share", "thumbnail", "failed"}),
        "4.1.2": (visuals.covers, {"width_px", "text_share", "contrast", "subject_prominence",
                                   "palette_distance", "days_unchanged"}),
        "4.2.1 style, size, sharpness": (visuals.images, {"style_distance", "width_px",
                                                          "sharpness", "failed"}),
        "4.2.1 reuse": (visuals.reuse, {"first_asset", "second_asset", "distance"}),
        "4.2.1 rights": (visuals.rights, {"rights_expire_at", "days_left", "state"}),
        "4.2.2 standard": (visuals.standard, {"part", "item", "value"}),
        "4.2.2 compliance": (visuals.compliance, {"kind", "check", "passed_share"}),
        "4.2.2 hashtags": (visuals.hashtags, {"hashtag", "posts", "exposure", "relative", "low"}),
        "4.3.1 probe": (visuals.videos, {"width_px", "aspect_ratio", "duration_s", "fps",
                                         "bitrate_kbps", "loudness_lufs", "noise_floor_dbfs",
                                         "silence_share", "black_s", "frozen_s", "shake",
                                         "cuts_per_minute"}),
        "4.3.1 retention": (visuals.retention, {"platform", "position", "retained_share", "low"}),
        "4.3.2 rundown": (visuals.rundown, {"theme", "set", "camera", "interaction"}),
        "4.3.2 curve": (visuals.curve, {"minute", "online", "theme"}),
        "4.3.2 segments": (visuals.segments, {"theme", "leave_relative", "orders_relative"}),
    }  # fmt: skip
    for clause, (call, columns) in clauses.items():
        frame = call(book)
        assert len(frame), clause
        assert columns <= set(frame.columns), clause
    parts = set(visuals.standard(book)["part"])
    assert {"palette", "fonts", "layout", "hashtags"} <= parts
    assert len(visuals.pictures(book, "avatar")) == len(visuals.avatars(book))


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_faults_of_files_are_found(brand_book, seed):
    book, truth = brand_book(seed)
    planted = truth["assets"]["asset_ids"]
    for call in (visuals.avatars, visuals.covers, visuals.images, visuals.reuse, visuals.rights,
                 visuals.videos):  # fmt: skip
        call(book)
    assert subjects(book, "4.1.1.failed") == {planted["small_avatar"]}
    assert planted["low_contrast_cover"] in subjects(book, "4.1.2.failed")
    assert {planted["blurred"], planted["off_palette"]} <= subjects(book, "4.2.1.failed")
    assert subjects(book, "4.2.1.expired") == {planted["rights_expired"]}
    pairs = visuals.reuse(book)[["first_asset", "second_asset"]].to_numpy().tolist()
    assert sorted(planted["near_duplicate"]) in [sorted(p) for p in pairs]
    broken = visuals.videos(book).set_index("asset_id")
    assert broken.loc[planted["black_video"], "black_s"] > 0.5
    assert broken.loc[planted["silent_video"], "silence_share"] > 0.9
    assert broken.loc[planted["frozen_video"], "frozen_s"] > 1.5
    assert broken["shake"].idxmax() == planted["shake_video"]
    assert broken["width_px"].idxmin() == planted["small_video"]
    assert set(planted[f"{k}_video"] for k in ("black", "silent", "frozen", "shake", "small")) <= (
        subjects(book, "4.3.1.failed")
    )


def test_without_the_faults_the_findings_go(brand_book):
    book, _ = brand_book(7, OUT)
    for call in (visuals.avatars, visuals.images, visuals.reuse, visuals.rights):
        call(book)
    for message in ("4.1.1.failed", "4.2.1.expired", "4.2.1.duplicate"):
        assert found(book, message) == []
    assert not visuals.images(book)["failed"].str.contains("sharpness").any()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_segment_that_loses_viewers_and_the_one_that_sells(brand_book, seed):
    book, truth = brand_book(seed)
    table = visuals.segments(book).set_index("theme")
    assert table["leave_relative"].idxmax() == truth["live"]["loses"]
    assert table["orders_relative"].idxmax() == truth["live"]["sells"]
    assert len(found(book, "4.3.2.loses")) == 1 and len(found(book, "4.3.2.sells")) == 1
    gone, _ = brand_book(7, OUT)
    visuals.segments(gone)
    assert found(gone, "4.3.2.loses") == [] and found(gone, "4.3.2.sells") == []


def test_the_curve_lies_over_the_rundown(brand_book):
    book, _ = brand_book()
    minutes, sheet = visuals.curve(book), visuals.rundown(book)
    for row in sheet.itertuples():
        inside = minutes[minutes["minute"].between(row.start_minute, row.end_minute - 1)]
        assert set(inside["theme"]) == {row.theme}
        assert row.online == pytest.approx(inside["online"].mean())


@pytest.mark.moves("4.1.1")
def test_an_avatar_too_small_or_off_brand_fails(drawn_book):
    book = drawn_book({
        "good": ("avatar", leaf()), "small": ("avatar", leaf(90)),
        "pink": ("avatar", leaf(ground=PINK, colour=(0, 255, 240))),
        "oblong": ("avatar", leaf().resize((400, 300))),
    })  # fmt: skip
    table = visuals.avatars(book).set_index("asset_id")
    assert table["is_ok"].to_dict() == {"good": True, "small": False, "pink": False,
                                        "oblong": False}  # fmt: skip
    assert table.loc["good", "brand_colour_share"] > 0.9 > table.loc["pink", "brand_colour_share"]
    assert table.loc["oblong", "failed"] == book.check_name("ratio")
    assert subjects(book, "4.1.1.failed") == {"small", "pink", "oblong"}


@pytest.mark.moves("4.1.2")
def test_a_pale_or_old_cover_is_flagged(drawn_book):
    book = drawn_book({"dark": ("cover", cover((255, 255, 255))),
                       "pale": ("cover", cover((60, 135, 116)))})  # fmt: skip
    table = visuals.covers(book).set_index("asset_id")
    assert table.loc["dark", "contrast"] > 4 > 3 > table.loc["pale", "contrast"]
    assert subjects(book, "4.1.2.failed") == {"pale"}
    assert found(book, "4.1.2.old") == []
    old = drawn_book({"dark": ("cover", cover((255, 255, 255)))},
                     changed_at=pd.Timestamp("2026-01-01").date())  # fmt: skip
    visuals.covers(old)
    assert [f.figure for f in found(old, "4.1.2.old")] == [318.0]


@pytest.mark.moves("4.2.1")
def test_mirrored_copies_are_duplicates_and_other_pictures_are_not(drawn_book):
    rng = np.random.default_rng(5)

    def scene():
        blocks = rng.integers(0, 255, (9, 12, 3), dtype=np.uint8)
        return Image.fromarray(blocks).resize((600, 450), Image.Resampling.BICUBIC)

    one = scene()
    book = drawn_book({"a": ("image", one), "b": ("image", scene()),
                       "c": ("image", one.transpose(Image.Transpose.FLIP_LEFT_RIGHT))})  # fmt: skip
    table = visuals.reuse(book)
    assert table[["first_asset", "second_asset"]].to_numpy().tolist() == [["a", "c"]]
    assert len(found(book, "4.2.1.duplicate")) == 1


def test_rights_end_before_and_after_the_period(drawn_book):
    files = {"a": ("image", leaf())}
    for day, state, message in (("2026-11-01", "expired", "4.2.1.expired"),
                                ("2026-12-01", "soon", "4.2.1.soon"),
                                ("2027-12-01", "valid", None)):  # fmt: skip
        book = drawn_book(files, rights_expire_at=pd.Timestamp(day).date())
        assert visuals.rights(book)["state"].tolist() == [state]
        assert [f.message for f in book.sorted_findings()] == ([message] if message else [])


def test_a_missing_file_fails_and_is_not_drawn(drawn_book):
    book = drawn_book({"a": ("avatar", leaf())}, path="gone.png")
    assert visuals.avatars(book)["failed"].tolist() == [book.check_name("file")]
    assert visuals.pictures(book, "avatar").empty
    assert found(book, "4.1.1.failed")[0].severity == "high"


def clip(path, *, silent=False, black=False):
    with av.open(str(path), "w", format="mp4") as box:
        video = box.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 540, 960, "yuv420p"
        sound = box.add_stream("aac", rate=44100, layout="mono")
        rng = np.random.default_rng(1)
        ground = rng.integers(0, 255, (96, 54, 3), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
        for i in range(72):
            pixels = np.zeros_like(ground) if black and i < 40 else np.roll(ground, 6 * i, axis=1)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            for packet in video.encode(frame):
                box.mux(packet)
        wave = 0.25 * np.sin(2 * np.pi * 330 * np.arange(3 * 44100) / 44100)
        wave = (0 if silent else 1) * wave.astype("float32")
        for k in range(0, len(wave), 1024):
            part = av.AudioFrame.from_ndarray(wave[None, k : k + 1024], format="fltp",
                                              layout="mono")  # fmt: skip
            part.sample_rate, part.pts = 44100, k
            for packet in sound.encode(part):
                box.mux(packet)
        for stream in (video, sound):
            for packet in stream.encode():
                box.mux(packet)


@pytest.mark.moves("4.3.1")
def test_silence_and_black_frames_fail_a_video(drawn_book):
    book = drawn_book({
        "good": ("video", clip), "mute": ("video", functools.partial(clip, silent=True)),
        "dark": ("video", functools.partial(clip, black=True)),
    })  # fmt: skip
    table = visuals.videos(book).set_index("asset_id")
    assert table.loc["mute", "silence_share"] > 0.9 > table.loc["good", "silence_share"]
    assert table.loc["dark", "black_s"] == pytest.approx(40 / 24, abs=0.1)
    assert subjects(book, "4.3.1.failed") == {"mute", "dark"}
    shown = visuals.pictures(book, "video")
    assert shown["picture"].str.startswith("data:image/jpeg;base64,").all()
    spec = pictures.grid(book, shown, note="is_bad").to_dict()
    assert spec["layer"][0]["mark"]["type"] == "image"


def tagged(tags, n=20, factor=1.0):
    """Weibo posts of one account: `n` with the tags at `factor` times the exposure, `n` without."""
    at = pd.date_range("2026-09-01 10:00", periods=2 * n, freq="36h")
    noise = np.exp(np.random.default_rng(2).normal(0, 0.2, 2 * n))
    named = [i % 2 == 0 for i in range(2 * n)]
    made = pd.DataFrame({"platform": "weibo", "account_id": "a1", "created_timestamp": at,
                         "post_id": [f"p{i}" for i in range(2 * n)],
                         "hashtags": [json.dumps(tags if t else ["other"]) for t in named]})  # fmt: skip
    figures = pd.DataFrame({"platform": "weibo", "account_id": "a1", "post_id": made["post_id"],
                            "as_of_date": pd.Timestamp("2026-11-14").date(), "basis": "cumulative",
                            "impressions": [int(1000 * e * (factor if t else 1)) for e, t in
                                            zip(noise, named, strict=True)]})  # fmt: skip
    return {"posts": made, "post_daily": figures}


@pytest.mark.moves("4.2.2")
def test_a_hashtag_that_earns_more_is_proposed(tiny_book):
    book = tiny_book(4, tagged(["matcha"], factor=2.0), period="2026-W46")
    row = visuals.hashtags(book).set_index("hashtag").loc["matcha"]
    assert row["low"] > 0.2 and row["list_state"] == "unlisted" and row["posts"] == 20
    assert [f.subject for f in found(book, "4.2.2.add")] == ["#matcha"]
    assert [f.subject for f in found(book, "4.2.2.drop")] == ["#other"]
    plain = tiny_book(4, tagged(["matcha"]), period="2026-W46")
    visuals.hashtags(plain)
    assert found(plain, "4.2.2.add") == []


def test_a_banned_hashtag_is_named_where_it_stands(tiny_book):
    book = tiny_book(4, tagged(["第一"]), period="2026-09")
    visuals.hashtags(book)
    assert [f.subject for f in found(book, "4.2.2.banned")] == ["#第一"]
    assert set(visuals.hashtag_rules(book)["problem"]) == {"banned"}
    fine = tiny_book(4, tagged(["tea"]), period="2026-09")
    visuals.hashtags(fine)
    assert found(fine, "4.2.2.banned") == [] and visuals.hashtag_rules(fine).empty


def curve(decay):
    rows = []
    for platform, rate in decay.items():
        for k in range(4):
            for second in range(31):
                kept = float(np.exp(-second * rate * (1 + 0.02 * k)))
                rows.append((platform, "a1", f"{platform}{k}", second, kept))
    return pd.DataFrame(rows, columns=["platform", "account_id", "post_id", "second",
                                       "retained_share"])  # fmt: skip


def test_retention_and_a_weak_opening(tiny_book):
    book = tiny_book(4, {"video_retention": curve({"douyin": 0.02, "tiktok": 0.3})},
                     period="2026-W46")  # fmt: skip
    table = visuals.retention(book).set_index(["platform", "position"])
    assert table.loc[("douyin", 0.0), "retained_share"] == pytest.approx(1)
    assert table.loc[("douyin", 1.0), "retained_share"] == pytest.approx(np.exp(-0.6), abs=0.03)
    assert visuals.drops(book)["kept_3s_share"].between(0, 1).all()
    assert [f.subject for f in found(book, "4.3.1.opening")] == ["TikTok"]
    even = tiny_book(4, {"video_retention": curve({"douyin": 0.1, "tiktok": 0.1})},
                     period="2026-W46")  # fmt: skip
    visuals.drops(even)
    assert found(even, "4.3.1.opening") == []


@pytest.mark.moves("4.3.2")
def test_a_rundown_with_gaps_is_flagged(tiny_book):
    session = pd.DataFrame([{"platform": "douyin", "account_id": "a1", "session_id": "L1",
                             "session_title": "First",
                             "started_at": pd.Timestamp("2026-11-10 20:00")}])  # fmt: skip
    sheet = pd.DataFrame([
        {"platform": "douyin", "account_id": "a1", "session_id": "L1", "segment_no": i,
         "start_minute": 10 * i, "end_minute": 10 * i + 10, "theme": "opening", "set": "table",
         "camera": camera, "interaction": "vote"} for i, camera in enumerate(("wide", None))
    ])  # fmt: skip
    for table, count in ((sheet, 1), (sheet.fillna({"camera": "top"}), 0)):
        book = tiny_book(4, {"live_sessions": session, "live_rundown": table}, period="2026-W46")
        assert len(visuals.rundown(book)) == 2 and visuals.curve(book).empty
        assert len(found(book, "4.3.2.gap")) == count


CALLS = [
    visuals.avatars, visuals.covers, visuals.images, visuals.reuse, visuals.repeated_text,
    visuals.rights, visuals.compliance, visuals.hashtags, visuals.hashtag_rules, visuals.videos,
    visuals.retention, visuals.drops, visuals.rundown, visuals.curve, visuals.segments,
    visuals.plan_elements,
]  # fmt: skip


def test_an_empty_store_says_nothing_and_breaks_nothing(tiny_book):
    book = tiny_book(4)
    for call in CALLS:
        frame = call(book)
        assert frame.empty and len(frame.columns), call.__name__
    for kind in ("avatar", "cover", "image", "video"):
        assert visuals.pictures(book, kind).empty
    assert book.sorted_findings() == [] and book.state == "no_data"
    assert len(visuals.standard(book)) and len(visuals.palette(book))
