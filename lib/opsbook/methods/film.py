"""The pictures of a video: black and frozen parts, cuts, shake."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from opsbook.errors import InputError

_WIDTH = 192  # px at which frames are compared
_BLACK = 0.10 * 255  # blackdetect's pixel threshold
_BLACK_SHARE = 0.98
_SHORTEST_BLACK = 0.3  # s
_STILL = 0.4  # grey levels, mean absolute: just above what a codec adds to a still picture
_SHORTEST_FROZEN = 1.0  # s
_CUT = 20.0  # levels, mean absolute over the three channels
_CUT_TIMES = 3.0  # and this often the movement around it


@dataclass(frozen=True)
class Film:
    """Per frame: times (s), black (share of dark pixels), change (mean absolute difference to
    the frame before), moved (displacement in px at 192 px width: down, right)."""

    times: np.ndarray
    black: np.ndarray
    change: np.ndarray
    moved: np.ndarray
    seconds: float


def watch(path, longest):
    """Decode a video once, small, and keep what the checks need of every frame."""
    import av

    times, black, change, moved = [], [], [], []
    last = last_spectrum = None
    try:
        with av.open(path) as container:
            container.streams.video[0].thread_type = "AUTO"
            for frame in container.decode(video=0):
                at = frame.time if frame.time is not None else len(times) / 25
                if at > longest:
                    break
                height = max(16, round(_WIDTH * frame.height / frame.width / 2) * 2)
                small = frame.reformat(width=_WIDTH, height=height, format="rgb24").to_ndarray()
                grey = small @ np.array([0.299, 0.587, 0.114])
                spectrum = _spectrum(grey)
                times.append(at)
                black.append(float((grey <= _BLACK).mean()))
                if last is None:
                    change.append(0.0)
                    moved.append((0.0, 0.0))
                else:
                    difference = float(np.abs(small.astype(np.int16) - last).mean())
                    change.append(difference)
                    still = difference < _STILL
                    moved.append((0.0, 0.0) if still else _shift(spectrum, last_spectrum))
                last, last_spectrum = small.astype(np.int16), spectrum
    except av.FFmpegError as error:
        raise InputError(f"has pictures that cannot be decoded ({error}).", where=path) from None
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    times = np.array(times) - times[0]
    return Film(times, np.array(black), np.array(change), np.array(moved), float(times[-1]) + step)


def _spectrum(grey):
    """Transform of a frame under a window that hides its borders, coarse to save time."""
    coarse = ndimage.zoom(grey, 0.5, order=1) if grey.shape[0] > 256 else grey
    window = np.hanning(coarse.shape[0])[:, None] * np.hanning(coarse.shape[1])
    return np.fft.rfft2((coarse - coarse.mean()) * window)


def _shift(spectrum, before):
    """Displacement between two frames by phase correlation, to a fraction of a pixel."""
    cross = spectrum * before.conj()
    surface = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-9))
    row, column = np.unravel_index(surface.argmax(), surface.shape)
    return (_refined(surface[:, column], row), _refined(surface[row], column))


def _refined(line, at):
    """Peak of a circular line by a parabola through its neighbours; offsets wrap round."""
    size = len(line)
    left, middle, right = line[at - 1], line[at], line[(at + 1) % size]
    curve = left - 2 * middle + right
    fraction = 0.5 * (left - right) / curve if abs(curve) > 1e-12 else 0.0
    offset = at if at <= size // 2 else at - size
    return float(offset + np.clip(fraction, -0.5, 0.5))


def _spans(film, flags, shortest):
    """(start, end) of runs of frames that last long enough; a run ends where the next begins."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    ends = np.append(film.times, film.seconds)
    spans = [(float(film.times[a]), float(ends[b])) for a, b in edges.reshape(-1, 2)]
    return [(a, b) for a, b in spans if b - a >= shortest - 1e-9]


def black_parts(film):
    """(start, end) in seconds of the parts where 98 % of the pixels are dark, 0.3 s or longer."""
    return _spans(film, film.black >= _BLACK_SHARE, _SHORTEST_BLACK)


def frozen_parts(film):
    """(start, end) of the parts, not black, where the picture stands still for 1 s or longer.

    A frame that equals the one before it extends the part that began with that one.
    """
    still = (film.change < _STILL) & (film.black < _BLACK_SHARE)
    still[0] = False
    first = np.append(still[1:], False) & ~still & (film.black < _BLACK_SHARE)
    return _spans(film, still | first, _SHORTEST_FROZEN) if still.any() else []


def cuts(film):
    """Times (s) of the hard cuts: a jump far above the movement around it."""
    found = []
    for i in np.flatnonzero(film.change > _CUT):
        around = np.concatenate([film.change[max(1, i - 6) : i], film.change[i + 1 : i + 7]])
        if film.change[i] > _CUT_TIMES * (np.median(around) if len(around) else 0.0):
            found.append(float(film.times[i]))
    return found


def shake(film):
    """Root mean square of the movement that is not smooth, in percent of the picture's width.

    Movement per frame minus its running mean over half a second; frames at cuts are left out.
    NaN under ten frames.
    """
    if len(film.times) < 10:
        return float("nan")
    step = np.median(np.diff(film.times))
    window = max(3, round(0.5 / step) | 1)
    path = np.cumsum(np.where((film.change > _CUT)[:, None], 0.0, film.moved), axis=0)
    smooth = ndimage.uniform_filter1d(path, window, axis=0, mode="nearest")
    inner = slice(window // 2, len(path) - window // 2) if len(path) > 2 * window else slice(None)
    rest = (path - smooth)[inner]
    return float(100 * np.sqrt((rest**2).sum(axis=1).mean()) / _WIDTH)
