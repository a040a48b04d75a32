"""Audit of a picture against a platform's rules and the brand's standard.

Sources: sharpness, variance of the Laplacian (Pech-Pacheco et al. 2000); thumbnail
recognisability, SSIM (Wang et al. 2004) with the picture's thumbnail; prominence,
frequency-tuned saliency (Achanta et al. 2009); near-duplicates, perceptual hash (imagehash).
"""

from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from opsbook.errors import BadValue, InputError
from opsbook.methods import colours
from opsbook.methods.limits import judged, media_rules
from opsbook.methods.normal_form import compact
from opsbook.methods.text_blocks import blocks, legibility

CHECKS = (
    "format", "animated", "width_px", "height_px", "ratio", "file_mb", "sharpness", "contrast",
    "text_share", "complexity", "thumbnail", "subject_prominence", "palette_distance",
    "brand_colour_share", "text_repeat",
)  # fmt: skip
# WCAG's 4.5 holds for ordinary text; a brand-colour pixel may differ by a just visible 10.
BRAND_TOLERANCE = 10.0
_WORK = 512  # longest side at which shape and colour are measured
_THUMBNAIL = 48  # a feed's small avatar, pixels


def audit(path, rules=None, *, palette=None, post_text=None, text=None):
    """check, measured, allowed, ok: one row per measure of a picture, NA where no rule applies.

    rules: a dict (`{"ratio": "3:4", "width_px": [320, 1440], "max_mb": 8, "contrast": 4.5}`), a
    platform id such as "instagram" or "xiaohongshu/cover", or None. palette: brand colours
    ("#rrggbb"), also as rules["palette"]; without it the two colour rows are NaN. post_text: the
    post's words, to see how much of them the picture repeats; text: the words in the picture,
    where they were read already (read_text). Units: px, MiB, shares 0..1, contrast 1..21 (lowest
    among text blocks, NaN without text), CIEDE2000. Raises InputError for an unreadable file.
    """
    if hasattr(rules, "items") and "palette" in rules:
        palette = rules["palette"] if palette is None else palette
        rules = {k: v for k, v in rules.items() if k != "palette"}
    wanted = media_rules(rules, "image", set(CHECKS))
    measures = basics(path)
    del measures["kind"]
    picture = opened(path)
    small = reduced(picture)
    readable = reduced(picture, 1024)
    found = blocks(readable)
    pixels = np.asarray(small.resize((96, 96), Image.Resampling.BOX)).reshape(-1, 3)
    measures["sharpness"] = sharpness(picture)
    measures["contrast"] = legibility(readable, found)
    measures["text_share"] = text_share(readable, found)
    measures["complexity"] = complexity(small)
    measures["thumbnail"] = thumbnail_recognisability(picture)
    measures["subject_prominence"] = subject_prominence(small)
    measures["palette_distance"] = measures["brand_colour_share"] = float("nan")
    if palette is not None:
        measures["palette_distance"] = palette_distance(picture, palette)
        distances = colours.to_palette(pixels, palette)
        measures["brand_colour_share"] = float((distances <= BRAND_TOLERANCE).mean())
    measures["text_repeat"] = (
        text_repeat(text, post_text) if text is not None and post_text is not None else float("nan")
    )
    return judged(measures, wanted)


def basics(path):
    """What the file's header says: kind, format, animated, width_px, height_px, ratio, file_mb."""
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            if picture.getexif().get(0x0112, 1) >= 5:  # stored lying on its side
                width, height = height, width
            return {
                "kind": "image",
                "format": picture.format.lower(),
                "animated": bool(getattr(picture, "is_animated", False)),
                "width_px": width,
                "height_px": height,
                "ratio": width / height,
                "file_mb": Path(path).stat().st_size / 2**20,
            }
    except FileNotFoundError:
        raise InputError("is not there.", where=str(path), remedy="Check the path.") from None
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise InputError(f"is no readable picture ({error}).", where=str(path)) from None


def opened(path):
    """The picture upright, in RGB, transparency on white."""
    if isinstance(path, Image.Image):
        picture = path
    else:
        basics(path)
        try:
            with Image.open(path) as file:
                file.load()
                picture = ImageOps.exif_transpose(file)
        except OSError as error:
            raise InputError(f"is damaged ({error}).", where=str(path)) from None
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def reduced(picture, longest=_WORK):
    """The picture with its longest side at most `longest`; never enlarged."""
    scale = longest / max(picture.size)
    if scale >= 1:
        return picture
    size = [max(1, round(side * scale)) for side in picture.size]
    return picture.resize(size, Image.Resampling.BOX)


def text_share(picture, found):
    """Share of the picture's area that the blocks of writing cover, 0..1."""
    return sum(b.width * b.height for b in found) / (picture.width * picture.height)


def _grey(picture):
    return np.asarray(picture.convert("L"), float)


def sharpness(picture):
    """Variance of the Laplacian of the grey picture, longest side at most 1,024 px.

    A flat picture has 0, a one-pixel checkerboard of 0 and 255 the most (4 x 255, squared).
    """
    grey = _grey(reduced(opened(picture), 1024))
    return float(ndimage.laplace(grey, mode="mirror").var())


def complexity(picture):
    """Share of pixels on an edge (Sobel gradient above a tenth of the most possible), 0..1."""
    grey = _grey(reduced(opened(picture)))
    gradient = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1))
    return float((gradient > 0.1 * 4 * 255).mean())


def thumbnail_recognisability(picture, size=_THUMBNAIL):
    """Structural similarity of the picture (at 4 x size) with its own thumbnail, 0..1."""
    full = _grey(opened(picture).resize((4 * size, 4 * size), Image.Resampling.BOX))
    small = Image.fromarray(full.astype(np.uint8)).resize((size, size), Image.Resampling.BOX)
    return similarity(full, _grey(small.resize((4 * size, 4 * size), Image.Resampling.BICUBIC)))


def similarity(first, second):
    """Mean SSIM of two grey arrays of 0..255 (Gaussian window, sigma 1.5)."""
    first, second = np.asarray(first, float), np.asarray(second, float)

    def blur(x):
        return ndimage.gaussian_filter(x, 1.5, truncate=3.5)

    mean1, mean2 = blur(first), blur(second)
    var1, var2 = blur(first**2) - mean1**2, blur(second**2) - mean2**2
    shared = blur(first * second) - mean1 * mean2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean1 * mean2 + c1) * (2 * shared + c2)
    value = float((top / ((mean1**2 + mean2**2 + c1) * (var1 + var2 + c2))).mean())
    return min(1.0, max(0.0, value))


def subject_prominence(picture):
    """How far a subject stands out, 0 (none) to 1: saliency inside against outside it.

    Saliency is the Lab distance of the smoothed picture from its mean; the subject is what lies
    above twice the mean saliency (Achanta's threshold).
    """
    lab = colours.lab(np.asarray(reduced(opened(picture), 256)))
    smooth = ndimage.gaussian_filter(lab, (1, 1, 0))
    saliency = np.linalg.norm(smooth - lab.mean(axis=(0, 1)), axis=2)
    subject = saliency > 2 * saliency.mean()
    if saliency.mean() < 1.0 or not subject.any():  # below one Lab step nothing is to be seen
        return 0.0
    inside, outside = saliency[subject].mean(), saliency[~subject].mean()
    return float((inside - outside) / (inside + outside))


def palette_distance(picture, palette):
    """Mean CIEDE2000 from the picture's dominant colours, by share, to the nearest brand colour."""
    small = opened(picture).resize((96, 96), Image.Resampling.BOX)
    found, shares = colours.dominant(np.asarray(small).reshape(-1, 3))
    return float(colours.to_palette(found, palette) @ shares)


def style_distance(picture, brand_set):
    """CIEDE2000 from a picture's dominant colours to those of the brand's pictures.

    brand_set: paths of pictures that carry the style. The palette is theirs, pooled.
    """
    sets = [opened(p).resize((96, 96), Image.Resampling.BOX) for p in brand_set]
    if not sets:
        raise BadValue("holds no picture.", where="brand_set")
    found = [colours.dominant(np.asarray(p).reshape(-1, 3))[0] for p in sets]
    return palette_distance(picture, [tuple(c) for c in np.vstack(found)])


def fingerprint(path):
    """Perceptual hash of a picture (64 bits, imagehash.phash)."""
    import imagehash

    return imagehash.phash(opened(path))


def near_duplicates(paths, *, max_distance=10):
    """first, second, distance: pairs of pictures whose hashes differ by at most max_distance bits.

    Mirrored copies are compared too. Unrelated pictures differ by 32 bits on average.
    """
    paths = [str(p) for p in paths]
    if not paths:
        return pd.DataFrame(columns=["first", "second", "distance"])
    pictures = [opened(p) for p in paths]
    plain = np.array([fingerprint(p).hash.ravel() for p in pictures])
    mirrored = np.array([fingerprint(ImageOps.mirror(p)).hash.ravel() for p in pictures])
    rows = []
    for i, path in enumerate(paths[:-1]):
        distance = np.minimum(
            (plain[i + 1 :] != plain[i]).sum(axis=1), (mirrored[i + 1 :] != plain[i]).sum(axis=1)
        )
        rows += [
            (path, paths[i + 1 + j], int(distance[j]))
            for j in np.flatnonzero(distance <= max_distance)
        ]
    return pd.DataFrame(rows, columns=["first", "second", "distance"])


def text_repeat(picture_text, post_text):
    """Share of the words in the picture that the post repeats, 0..1, spelling differences aside."""
    inner, outer = compact(picture_text), compact(post_text)
    if not inner:
        return 0.0
    matches = SequenceMatcher(None, inner, outer, autojunk=False).get_matching_blocks()
    return sum(m.size for m in matches if m.size >= 2) / len(inner)


def read_text(path):
    """text, score, left, top, right, bottom (px): the lines of writing in a picture, by OCR.

    Needs the extra `ocr` (rapidocr, models included); InputError says so where it is missing.
    """
    from opsbook.methods.text_blocks import recognised

    return recognised(np.asarray(opened(path)), str(path))


def wording(path, category=None, *, lexicon=None):
    """line, text and the compliance hits in it: what OCR reads in a picture, held against the law.

    One row per hit: line (row of read_text), text, term, rule, category, severity, reason,
    suggestion.
    """
    from opsbook.methods import compliance

    names = ["term", "rule", "category", "severity", "reason", "suggestion"]
    lines = read_text(path)["text"]
    rows = [
        (number, text, *(getattr(hit, name) for name in names))
        for number, text in enumerate(lines)
        for hit in compliance.check(text, category, lexicon=lexicon)
    ]
    return pd.DataFrame(rows, columns=["line", "text", *names])
