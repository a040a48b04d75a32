"""Videos with known answers for methods.videos: encoded here, measured there.

Loudness: the test signals of EBU Tech 3341 (stereo sine of 1 kHz: -23 dBFS reads -23 LUFS, -33
reads -33; the gated sequence reads -23), tolerance 0.1 LU plus what a lossy codec does.
"""

import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from opsbook.methods import videos
from opsbook.proof import _claim

RATE = 48_000


def write(path, frames, sound=None, *, fps=25):
    """Encode RGB arrays and an (n, channels) sound to a file, losslessly as far as it goes."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 8_000_000
        audio = None
        if sound is not None:
            layout = "stereo" if sound.shape[1] == 2 else "mono"
            audio = container.add_stream("flac" if str(path).endswith(".mkv") else "aac", rate=RATE)
            audio.layout = layout
        for array in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            whole = np.ascontiguousarray(np.round(sound * 32767).astype(np.int16)).reshape(1, -1)
            resampler = av.AudioResampler(audio.format.name, layout, RATE, frame_size=1024)
            frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(audio.encode(part))
            container.mux(audio.encode(None))
    return path


def sine(seconds, dbfs, hertz=1000):
    """A stereo sine whose peak is at dbfs."""
    at = np.arange(round(seconds * RATE)) / RATE
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * at)
    return np.stack([wave, wave], axis=1)


def texture(seed, size=(240, 320)):
    """A picture with structure at many scales, larger than a frame on every side."""
    from scipy import ndimage

    noise = np.random.default_rng(seed).normal(size=(size[0] + 80, size[1] + 80, 3))
    grain = sum(s * ndimage.gaussian_filter(noise, (s, s, 0)) for s in (2, 5, 12))
    low, high = grain.min(), grain.max()
    return (40 + 200 * (grain - low) / (high - low)).astype(np.uint8)


def view(picture, x, y, size=(240, 320)):
    """The part of a texture that a camera displaced by x and y pixels sees."""
    return picture[40 + y : 40 + y + size[0], 40 + x : 40 + x + size[1]]


def moving(picture, n):
    """A calm pan over a texture, one pixel a frame, n frames, there and back."""
    return [view(picture, abs((i + 60) % 120 - 60) - 30, 0) for i in range(n)]


def assembled(folder):
    """2 s moving, 1 s black, 2 s frozen, cut to 3 s moving; sound with 1.5 s of silence."""
    first, second = texture(1), 255 - texture(2)
    frames = moving(first, 50)
    frames += [np.zeros((240, 320, 3), np.uint8)] * 25
    frames += [view(second, 5, 5)] * 50
    frames += moving(texture(3), 75)
    sound = np.concatenate([sine(4, -20), np.zeros((int(1.5 * RATE), 2)), sine(2.5, -20)])
    return write(Path(folder, "assembled.mkv"), frames, sound)


def loudness_errors(folder):
    """case, expected, measured, plain (mean level): the cases of EBU Tech 3341 in stereo."""
    calm = [np.full((32, 48, 3), 90, np.uint8)] * 10
    cases = {
        "1: -23 dBFS": (sine(8, -23), -23.0),
        "2: -33 dBFS": (sine(8, -33), -33.0),
        "3: -36, -23, -36": (np.concatenate([sine(5, -36), sine(30, -23), sine(5, -36)]), -23.0),
        "4: -72, -36, -23, -36, -72": (
            np.concatenate([sine(5, -72), sine(5, -36), sine(30, -23), sine(5, -36), sine(5, -72)]),
            -23.0,
        ),
    }
    rows = []
    for number, (case, (sound, expected)) in enumerate(cases.items()):
        path = write(Path(folder, f"loud{number}.mkv"), calm, sound)
        seen = videos.probe(path).set_index("check").loc["loudness_lufs", "measured"]
        mean_level = 10 * np.log10((sound**2).sum(axis=1).mean())
        rows.append((case, expected, seen, mean_level))
    return pd.DataFrame(rows, columns=["case", "expected", "measured", "plain"])


def shaken(folder, pixels, seed=0):
    """Measured shake of a still camera whose frames jump by `pixels` (standard deviation)."""
    rng, picture = np.random.default_rng(seed), texture(7)
    steps = np.clip(np.round(rng.normal(0, pixels, (75, 2))), -39, 39).astype(int)
    frames = [view(picture, x, y) for x, y in steps]
    path = write(Path(folder, f"shake{pixels}.mkv"), frames)
    seen = videos.probe(path).set_index("check").loc["shake", "measured"]
    rest = steps - steps.mean(axis=0)
    return seen, 100 * float(np.sqrt((rest**2).sum(axis=1).mean())) / 320


def claims(*, thin=True, real=None):
    """Claims against their targets; `real` is not used: every video is encoded here."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = assembled(folder)
        parts = videos.parts(path)
        planted = {"black": (2, 3), "frozen": (3, 5), "silence": (4, 5.5)}
        edges = [
            abs(seen - meant)
            for kind, span in planted.items()
            for seen, meant in zip(
                parts.loc[parts["kind"] == kind, ["start", "end"]].to_numpy().ravel(),
                span,
                strict=True,
            )
        ]
        cuts = parts.loc[parts["kind"] == "cut", "start"].tolist()
        loud = loudness_errors(folder)
        jolts = [shaken(folder, p, seed=s) for p in (2, 5) for s in range(1 if thin else 10)]
        calm = videos.probe(write(Path(folder, "calm.mkv"), moving(texture(9), 55)))
    loudness = (loud["measured"] - loud["expected"]).abs().max()
    shake = max(abs(a / b - 1) for a, b in jolts)
    still = calm.set_index("check").loc["shake", "measured"]
    made_up = {"source": "encoded"}
    rows = [
        _claim.claim("videos.parts", max(edges), "≤ 0.1", max(edges) <= 0.1, **made_up),
        _claim.claim("videos.cuts", abs(len(cuts) - 3), "0", len(cuts) == 3, **made_up),
        _claim.claim(
            "videos.loudness",
            loudness,
            "≤ 0.1",
            loudness <= 0.1,
            alternative="mean_level",
            beside=(loud["plain"] - loud["expected"]).abs().max(),
            runs=len(loud),
            source="EBU Tech 3341",
        ),
        _claim.claim("videos.shake", shake, "≤ 0.25", shake <= 0.25, runs=len(jolts), **made_up),
        _claim.claim(
            "videos.calm",
            still,
            "≤ 0.2",
            still <= 0.2,
            seconds=time.perf_counter() - started,
            **made_up,
        ),
    ]
    return _claim.table(rows)
