"""The sound of a video: loudness, peak, noise floor, silent parts."""

import warnings
from dataclasses import dataclass

import numpy as np

from opsbook.errors import InputError

RATE = 48_000
_WINDOW = 0.05  # s
_SILENT = -50.0  # dBFS, root mean square
_SHORTEST = 0.5  # s
_NOTHING = -120.0  # dBFS; digital silence has no logarithm


@dataclass(frozen=True)
class Sound:
    """Samples as an (n, channels) array in -1..1 at 48 kHz."""

    samples: np.ndarray

    @property
    def seconds(self):
        """Length in seconds."""
        return len(self.samples) / RATE


def listen(path, longest):
    """The Sound of the first audio stream, or None where there is none."""
    import av

    pieces, samples = [], 0
    try:
        with av.open(path) as container:
            if not container.streams.audio:
                return None
            channels = min(2, container.streams.audio[0].codec_context.channels or 1)
            layout = "stereo" if channels == 2 else "mono"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
            for frame in container.decode(audio=0):
                for part in resampler.resample(frame):
                    pieces.append(part.to_ndarray())
                    samples += part.samples
                if samples >= longest * RATE:
                    break
            pieces += [part.to_ndarray() for part in resampler.resample(None)]
    except av.FFmpegError as error:
        raise InputError(f"has sound that cannot be decoded ({error}).", where=path) from None
    if not pieces:
        return None
    return Sound(np.concatenate(pieces, axis=1).T[: int(longest * RATE)])


def loudness(sound):
    """Integrated loudness in LUFS; NaN under 0.4 s or where all is below the -70 LUFS gate."""
    import pyloudnorm

    if sound.seconds < 0.4:
        return float("nan")
    with warnings.catch_warnings():  # silence: the mean of no gated block
        warnings.simplefilter("ignore")
        value = pyloudnorm.Meter(RATE).integrated_loudness(sound.samples.astype(float))
    return float(value) if np.isfinite(value) else float("nan")


def peak(sound):
    """Largest sample in dBFS."""
    return _decibels(float(np.abs(sound.samples).max()))


def _decibels(amplitude):
    return np.maximum(20 * np.log10(np.maximum(amplitude, 1e-12)), _NOTHING)


def _levels(sound):
    """Root mean square of each window of 50 ms over all channels, in dBFS."""
    size = int(_WINDOW * RATE)
    count = len(sound.samples) // size
    if not count:
        return np.array([])
    windows = sound.samples[: count * size].reshape(count, size, -1)
    return _decibels(np.sqrt((windows.astype(float) ** 2).mean(axis=(1, 2))))


def noise_floor(sound):
    """Tenth percentile of the level in dBFS, digital silence left out; NaN where nothing is left.

    The pauses of speech lie there: what is heard in them is noise.
    """
    levels = _levels(sound)
    heard = levels[levels > -90]
    return float(np.quantile(heard, 0.1)) if len(heard) else float("nan")


def silent_parts(sound):
    """(start, end) in seconds of the parts below -50 dBFS that last 0.5 s or longer."""
    quiet = _levels(sound) < _SILENT
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(int)))
    spans = edges.reshape(-1, 2) * _WINDOW
    return [(float(a), float(b)) for a, b in spans if b - a >= _SHORTEST - 1e-9]
