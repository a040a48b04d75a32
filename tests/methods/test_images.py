"""Pictures: each measure against a drawn picture whose answer is known."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from opsbook.errors import BadValue, InputError, ParameterError
from opsbook.methods import colours, images
from opsbook.proof import images as proof


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.png"
    Image.new("RGB", (900, 1200), "#c00020").save(path)
    return path


def rows(frame):
    return frame.set_index("check")


def test_size_ratio_and_file(plain):
    frame = images.audit(plain, {"ratio": "3:4", "width_px": [320, 800], "max_mb": 1})
    assert list(frame.columns) == ["check", "measured", "allowed", "ok"]
    seen = rows(frame)
    assert (seen.loc["width_px", "measured"], seen.loc["height_px", "measured"]) == (900, 1200)
    assert seen.loc["ratio", "measured"] == 0.75 and seen.loc["ratio", "ok"]
    assert not seen.loc["width_px", "ok"] and seen.loc["file_mb", "ok"]
    assert seen.loc["file_mb", "measured"] == plain.stat().st_size / 2**20
    assert seen.loc["sharpness", "ok"] is pd.NA  # no rule, no verdict


def test_a_platform_id_brings_its_rules(plain):
    seen = rows(images.audit(plain, "instagram"))
    assert not seen.loc["ratio", "ok"]  # 0.75 is below 0.8
    assert not seen.loc["format", "ok"]  # png
    cover = rows(images.audit(plain, "xiaohongshu/cover"))
    assert cover.loc["ratio", "ok"] and "advised" in cover.loc["width_px", "allowed"]


def test_sharpness_of_a_checkerboard_is_known():
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    inner = Image.fromarray(board.astype(np.uint8))
    # Laplacian +-4 x 255 everywhere but where the mirrored border repeats a neighbour.
    assert images.sharpness(inner) == pytest.approx((4 * 255) ** 2, rel=0.01)
    assert images.sharpness(Image.new("RGB", (64, 64), "white")) == 0


def test_contrast_of_writing():
    assert colours.contrast_ratio("#000", "#fff") == pytest.approx(21)
    assert colours.contrast_ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert proof.contrast_error() < 0.06


def test_ciede2000_equals_the_published_pairs():
    assert proof.ciede2000_error() < 1e-4


def test_palette(tmp_path):
    picture = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 399, 99), fill="#c00020")
    path = tmp_path / "quarter.png"
    picture.save(path)
    seen = rows(images.audit(path, {"brand_colour_share": 0.2}, palette=["#c00020"]))
    assert seen.loc["brand_colour_share", "measured"] == pytest.approx(0.25, abs=0.01)
    assert seen.loc["brand_colour_share", "ok"]
    white_to_red = colours.ciede2000(colours.lab([255, 255, 255]), colours.lab([192, 0, 32]))
    assert seen.loc["palette_distance", "measured"] == pytest.approx(0.75 * white_to_red, rel=0.02)
    assert images.palette_distance(picture, ["#fff", "#c00020"]) == pytest.approx(0, abs=0.1)
    assert images.style_distance(picture, [path]) == pytest.approx(0, abs=0.1)


def test_text_share():
    picture = images.reduced(proof.lettered("black", "white"), 1024)
    share = images.text_share(picture, images.blocks(picture))
    ink = np.asarray(picture.convert("L")) < 128
    down, across = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = (np.ptp(down) + 1) * (np.ptp(across) + 1) / ink.size
    assert share == pytest.approx(box, rel=0.35)
    plain = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(plain).ellipse((100, 100, 300, 300), fill="red")
    assert images.blocks(plain) == []
    assert np.isnan(images.legibility(plain, []))


def test_orderings():
    failed = proof.orderings().query("not ok")
    assert failed.empty, failed["claim"].tolist()


def test_reuse_is_found_and_strangers_are_not():
    pairs = proof.duplicates(6)
    copies = pairs[pairs["kind"] != "unrelated"]
    assert copies["found"].sum() >= 0.9 * copies["of"].sum()
    assert pairs.loc[pairs["kind"] == "unrelated", "found"].item() == 0


def test_text_repeated_in_the_post():
    assert images.text_repeat("春茶上新", "今日春茶上新，欢迎品尝") == 1
    assert images.text_repeat("春茶上新", "hello") == 0
    assert images.text_repeat("", "hello") == 0


def test_orientation_and_transparency(tmp_path):
    path = tmp_path / "lying.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 300), "white").save(path, exif=exif)
    assert images.basics(path)["ratio"] == 0.75
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert images.opened(clear).getpixel((5, 5)) == (255, 255, 255)


def test_mistakes_are_named(plain, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    for path in (broken, tmp_path / "missing.png"):
        with pytest.raises(InputError, match=path.name):
            images.audit(path, None)
    half = tmp_path / "half.png"
    whole = plain.read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"half\.png"):
        images.audit(half, None)
    with pytest.raises(ParameterError, match="Did you mean"):
        images.audit(plain, {"sharpnes": 3})
    with pytest.raises(ParameterError, match="instagram"):
        images.audit(plain, "instagrm")
    with pytest.raises(BadValue, match="colour"):
        images.audit(plain, None, palette=["red-ish"])


def test_words_in_the_picture_are_held_against_the_law(tmp_path):
    path = tmp_path / "lettered.png"
    proof.lettered("black", "white", "SPRING TEA No.1").save(path)
    if importlib.util.find_spec("rapidocr") is None:  # the extra: then the remedy is what counts
        with pytest.raises(InputError, match=r"opsbook\[ocr\]"):
            images.read_text(path)
        return
    assert "No.1" in images.read_text(path)["text"].iloc[0]
    assert images.wording(path)["rule"].tolist() == ["first-or-only"]
