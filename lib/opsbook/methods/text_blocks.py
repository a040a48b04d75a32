"""Where writing stands in a picture, how well it can be read, and what it says.

Blocks are found without a model: strong gradients, closed sideways, kept where they alternate
often between ink and ground. Words are read by rapidocr, an optional extra.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import ndimage

from opsbook.errors import InputError
from opsbook.methods import colours


@dataclass(frozen=True)
class Block:
    """A block of writing: pixels from the left and top edge, width and height in pixels."""

    left: int
    top: int
    width: int
    height: int


def blocks(picture):
    """Blocks of writing in a PIL picture in RGB, from the top."""
    lab = colours.lab(np.asarray(picture), np.float32)
    gradient = np.sqrt(np.max([_steepness(c) for c in np.moveaxis(lab, -1, 0)], axis=0)) / 8
    strong = gradient > max(2.5, 0.15 * gradient.max())
    reach = max(3, picture.width // 40)
    closed = ndimage.grey_closing(np.pad(strong.view(np.uint8), reach), size=(3, reach))
    closed = closed[reach:-reach, reach:-reach]
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    found = []
    for rows, columns in ndimage.find_objects(labels, count):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height < 6 or width < 1.5 * height or height > 0.4 * picture.height:
            continue
        inside = lab[rows, columns]
        inside = inside[..., np.ptp(inside, axis=(0, 1)).argmax()]
        middle = (inside.min() + inside.max()) / 2
        turns = np.abs(np.diff(inside > middle, axis=1)).sum(axis=1)
        # A line of writing crosses from ground to ink and back at least once per height of width.
        if np.median(turns) >= max(4, 0.8 * width / height):
            found.append(Block(columns.start, rows.start, width, height))
    return found


def _steepness(values):
    """Squared Sobel gradient of a 2-d array, edges mirrored."""
    framed = np.pad(values, 1, mode="symmetric")
    across, down = framed[:, 2:] - framed[:, :-2], framed[2:] - framed[:-2]
    x = across[:-2] + 2 * across[1:-1] + across[2:]
    y = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    return x * x + y * y


def legibility(picture, found):
    """Lowest WCAG contrast among blocks between ink and ground; NaN without blocks.

    Ground is the most frequent colour of the block, ink the colour farthest from it in
    luminance that at least 3 % of its pixels reach (edges are blurred by antialiasing).
    """
    pixels = np.asarray(picture)
    ratios = []
    for block in found:
        inside = pixels[block.top : block.top + block.height, block.left : block.left + block.width]
        light = colours.linear(inside.reshape(-1, 3)) @ [0.2126, 0.7152, 0.0722]
        counts, edges = np.histogram(light, bins=32, range=(0, 1))
        mode = counts.argmax()
        ground = np.median(light[(light >= edges[mode]) & (light <= edges[mode + 1])])
        low, high = np.quantile(light, [0.03, 0.97])
        ink = low if ground - low > high - ground else high
        ratios.append((max(ink, ground) + 0.05) / (min(ink, ground) + 0.05))
    return float(min(ratios)) if ratios else float("nan")


@cache
def _engine():
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def recognised(pixels, where):
    """text, score, left, top, right, bottom of each line that OCR reads in an RGB array."""
    try:
        engine = _engine()
    except ImportError:
        raise InputError(
            "cannot be read: OCR is not installed.",
            where=where,
            remedy='Install it with: pip install "opsbook[ocr]"',
        ) from None
    result = engine(np.ascontiguousarray(pixels[..., ::-1]))
    rows = []
    if result.txts:
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
            left, top = np.min(box, axis=0)
            right, bottom = np.max(box, axis=0)
            rows.append((text, *(float(v) for v in (score, left, top, right, bottom))))
    return pd.DataFrame(rows, columns=["text", "score", "left", "top", "right", "bottom"])
