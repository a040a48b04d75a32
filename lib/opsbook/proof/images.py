"""Pictures with known answers for methods.images: drawn here, measured there.

Published: the 34 colour pairs of Sharma, Wu and Dalal (2005) are the test set of CIEDE2000; the
pairs kept here are those that exercise its hue and rotation terms. WCAG: #777777 on white is 4.48.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from opsbook.methods import colours, images
from opsbook.proof import _claim

# Lab of both colours and their CIEDE2000: Sharma, Wu and Dalal 2005, table 1.
SHARMA = [
    ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
    ((50.0000, 3.1571, -77.2803), (50.0000, 0.0000, -82.7485), 2.8615),
    ((50.0000, 2.8361, -74.0200), (50.0000, 0.0000, -82.7485), 3.4412),
    ((50.0000, -1.3802, -84.2814), (50.0000, 0.0000, -82.7485), 1.0000),
    ((50.0000, 0.0000, 0.0000), (50.0000, -1.0000, 2.0000), 2.3669),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0009), 7.1792),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0011), 7.2195),
    ((50.0000, -0.0010, 2.4900), (50.0000, 0.0009, -2.4900), 4.8045),
    ((50.0000, 2.5000, 0.0000), (50.0000, 0.0000, -2.5000), 4.3065),
    ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
    ((50.0000, 2.5000, 0.0000), (61.0000, -5.0000, 29.0000), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def ciede2000_error():
    """Largest difference from the published CIEDE2000 figures."""
    first, second, published = (np.array(column) for column in zip(*SHARMA, strict=True))
    return float(np.abs(colours.ciede2000(first, second) - published).max())


def cie76_error():
    """The same with the plain Euclidean distance in Lab (CIE 1976)."""
    first, second, published = (np.array(column) for column in zip(*SHARMA, strict=True))
    return float(np.abs(np.linalg.norm(first - second, axis=1) - published).max())


def same_bytes(n=12, seed=2):
    """Share of the copies that a plain comparison of the files' bytes recognises."""
    rng, equal, of = np.random.default_rng(seed), 0, 0
    for _ in range(n):
        picture = scene(rng)
        for _, copy in copies(picture):
            equal += copy.size == picture.size and copy.tobytes() == picture.tobytes()
            of += 1
    return equal / of


def scene(rng, size=(600, 800)):
    """A made-up product picture: a gradient, some shapes, a subject."""
    ramp = np.linspace(0, 1, size[1])[:, None, None]
    top, bottom = rng.integers(60, 255, (2, 3))
    ground = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (size[1], size[0], 3))
    picture = Image.fromarray(ground.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(4, 10)):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        w, h = rng.integers(40, 300, 2)
        fill = tuple(int(v) for v in rng.integers(0, 255, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((int(x), int(y), int(x + w), int(y + h)), fill=fill)
    return picture


def copies(picture):
    """The same picture as it comes back: smaller, recompressed, brighter, cropped, mirrored."""
    width, height = picture.size
    yield "smaller", picture.resize((width // 3, height // 3))
    yield "brighter", ImageEnhance.Brightness(picture).enhance(1.15)
    yield (
        "cropped 2 %",
        picture.crop((width // 100, height // 100, width * 99 // 100, height * 99 // 100)),
    )
    yield "mirrored", picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield "blurred", picture.filter(ImageFilter.GaussianBlur(2))


def duplicates(n=12, seed=2):
    """kind, found, of: copies recognised, and unrelated pictures wrongly paired."""
    rng, rows = np.random.default_rng(seed), {}
    with tempfile.TemporaryDirectory() as folder:
        originals = []
        for i in range(n):
            path = Path(folder, f"{i}.png")
            picture = scene(rng)
            picture.save(path)
            originals.append(path)
            for kind, copy in copies(picture):
                again = Path(folder, f"{i}-copy.jpg")
                copy.save(again, quality=70)
                row = rows.setdefault(kind, [0, 0])
                row[0] += len(images.near_duplicates([path, again]))
                row[1] += 1
        rows["unrelated"] = [len(images.near_duplicates(originals)), n * (n - 1) // 2]
    return pd.DataFrame([(k, *v) for k, v in rows.items()], columns=["kind", "found", "of"])


def lettered(ink, ground, text="SPRING TEA 2026", size=60):
    """A picture with one line of writing."""
    picture = Image.new("RGB", (900, 600), ground)
    draw = ImageDraw.Draw(picture)
    draw.text((60, 80), text, font=ImageFont.load_default(size), fill=ink)
    return picture


def contrast_error():
    """Largest relative error of the contrast measured in drawn writing."""
    pairs = [("#000000", "#ffffff"), ("#777777", "#ffffff"), ("#ffffff", "#c00020"),
             ("#ffff00", "#ffffff"), ("#103060", "#e8e0d0"), ("#ffffff", "#202020")]  # fmt: skip
    errors = []
    for ink, ground in pairs:
        picture = images.reduced(lettered(ink, ground), 1024)
        seen = images.legibility(picture, images.blocks(picture))
        errors.append(abs(seen / colours.contrast_ratio(ink, ground) - 1))
    return float(np.nanmax(errors)) if not np.isnan(errors).any() else float("nan")


def orderings():
    """claim, ok: what must rise where the picture is made sharper, plainer, bolder."""
    rng = np.random.default_rng(4)
    picture = scene(rng)
    blurred = picture.filter(ImageFilter.GaussianBlur(4))
    noisy = Image.fromarray(rng.integers(0, 255, (400, 400, 3), dtype=np.uint8))
    bold = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(bold).ellipse((120, 120, 280, 280), fill="#c00020")
    fine = Image.new("RGB", (400, 400), "white")
    for x in range(0, 400, 4):
        ImageDraw.Draw(fine).line((x, 0, x, 400), fill="black")
    flat = Image.new("RGB", (400, 400), "#808080")
    rows = [
        ("sharper than its blurred copy", images.sharpness(picture) > 4 * images.sharpness(blurred)),
        ("noise is more complex than a disc", images.complexity(noisy) > 5 * images.complexity(bold)),
        ("a disc survives as thumbnail", images.thumbnail_recognisability(bold) > 0.9),
        ("hairlines do not", images.thumbnail_recognisability(fine) < 0.5),
        ("a disc stands out", images.subject_prominence(bold) > 0.5),
        ("a flat picture has no subject", images.subject_prominence(flat) == 0),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["claim", "ok"])


def claims(*, thin=True, real=None):
    """Claims against their targets; `real` is not used: every picture is drawn here."""
    pairs, seconds = _claim.timed(duplicates, 8 if thin else 100)
    copies = pairs[pairs["kind"] != "unrelated"]
    wrong = pairs.loc[pairs["kind"] == "unrelated"].iloc[0]
    ordered = orderings()
    colour, contrast = ciede2000_error(), contrast_error()
    kept, paired = copies["found"].sum() / copies["of"].sum(), wrong["found"] / wrong["of"]
    rows = [
        _claim.claim(
            "images.ciede2000",
            colour,
            "≤ 0.0001",
            colour <= 1e-4,
            alternative="lab_distance",
            beside=cie76_error(),
            runs=len(SHARMA),
            source="Sharma, Wu and Dalal (2005)",
        ),
        _claim.claim(
            "images.contrast", contrast, "≤ 0.06", contrast <= 0.06, runs=6, source="drawn"
        ),
        _claim.claim(
            "images.copies",
            kept,
            "≥ 0.95",
            kept >= 0.95,
            alternative="same_bytes",
            beside=same_bytes(8),
            runs=int(copies["of"].sum()),
            seconds=seconds,
            source="drawn",
        ),
        _claim.claim(
            "images.unrelated",
            paired,
            "≤ 0.02",
            paired <= 0.02,
            runs=int(wrong["of"]),
            source="drawn",
        ),
        _claim.claim(
            "images.orderings",
            ordered["ok"].mean(),
            "1",
            ordered["ok"].all(),
            runs=len(ordered),
            source="drawn",
        ),
    ]
    return _claim.table(rows)
