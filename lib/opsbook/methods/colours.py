"""Colour arithmetic: sRGB to Lab, CIEDE2000, WCAG contrast, palettes.

Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab, D65), Sharma, Wu and Dalal 2005 (CIEDE2000),
WCAG 2.2 (relative luminance and contrast ratio).
"""

import re

import numpy as np

from opsbook.errors import BadValue

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def rgb(colour):
    """Red, green, blue in 0..255 out of "#1a2b3c", "#abc" or three numbers."""
    if isinstance(colour, str):
        digits = colour.strip().lstrip("#")
        if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
            digits = "".join(2 * d for d in digits)
        if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
            raise BadValue(f"{colour!r} is not a colour.", remedy='Write it as "#1a2b3c".')
        return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))
    values = tuple(colour)
    if len(values) < 3 or not all(0 <= v <= 255 for v in values[:3]):
        raise BadValue(f"{colour!r} is not a colour.", remedy="Three numbers from 0 to 255.")
    return values[:3]


def linear(values):
    """Linear light, 0..1, of sRGB values 0..255."""
    values = np.asarray(values)
    if values.dtype == np.uint8:  # a picture's pixels take 256 values
        return _LINEAR[values]
    scaled = values.astype(float) / 255
    return np.where(scaled <= 0.04045, scaled / 12.92, ((scaled + 0.055) / 1.055) ** 2.4)


_LINEAR = linear(np.arange(256.0))


def lab(values, dtype=float):
    """CIE Lab (D65) of sRGB values 0..255; the last axis holds the three channels.

    dtype: float32 is enough where edges are looked for, and takes half the time.
    """
    ratio = linear(values).astype(dtype, copy=False) @ (_TO_XYZ.T / _WHITE).astype(dtype)
    dark = ratio <= (6 / 29) ** 3
    f = np.cbrt(ratio)
    f[dark] = ratio[dark] / (3 * (6 / 29) ** 2) + 4 / 29
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(first, second):
    """Colour difference of Lab arrays (broadcast over all but the last axis)."""
    first, second = np.broadcast_arrays(np.asarray(first, float), np.asarray(second, float))
    l1, a1, b1 = np.moveaxis(first, -1, 0)
    l2, a2, b2 = np.moveaxis(second, -1, 0)
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    dh = (h2 - h1 + 180) % 360 - 180
    dh = np.where((h2 - h1) == 180, 180.0, dh)
    dh = np.where(grey, 0.0, dh)
    big_dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    mean_h = np.where(
        np.abs(h1 - h2) <= 180, total / 2, np.where(total < 360, total / 2 + 180, total / 2 - 180)
    )
    mean_h = np.where(grey, total, mean_h)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2)))
    r_t = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(turn)
    dl, dc, dh_ = (l2 - l1) / s_l, (c2 - c1) / s_c, big_dh / s_h
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh_**2 + r_t * dc * dh_, 0))


def contrast_ratio(first, second):
    """WCAG 2 contrast of two colours, 1 to 21."""
    lights = sorted(float(linear(rgb(c)) @ [0.2126, 0.7152, 0.0722]) for c in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def dominant(pixels, most=6):
    """Up to `most` colours of an (n, 3) array of sRGB pixels and their shares, largest first."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(pixels, np.uint8).reshape(1, -1, 3))
    quantised = picture.quantize(most, method=Image.Quantize.MEDIANCUT, kmeans=2)
    indices = np.asarray(quantised).ravel()
    counts = np.bincount(indices, minlength=most)
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    flat = np.asarray(pixels, float).reshape(-1, 3)
    colours = np.array([flat[indices == i].mean(axis=0) for i in order])
    return colours, counts[order] / counts.sum()


def palette_lab(palette):
    """Lab of a list of brand colours."""
    colours = [rgb(c) for c in palette]
    if not colours:
        raise BadValue("holds no colour.", where="palette")
    return lab(np.array(colours))


def to_palette(pixels, palette):
    """CIEDE2000 of every pixel of an (n, 3) sRGB array to the nearest palette colour."""
    each = ciede2000(lab(pixels)[:, None, :], palette_lab(palette)[None, :, :])
    return each.min(axis=1)
