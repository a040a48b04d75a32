"""Probe of a video: what its header says, how it sounds, and which parts are black or frozen.

Sources: loudness, ITU-R BS.1770-4 with the gates of EBU R128 (pyloudnorm); black and frozen
parts, the thresholds of ffmpeg's blackdetect and freezedetect; shake, phase correlation.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from opsbook.errors import InputError
from opsbook.methods import film, sound
from opsbook.methods.limits import judged, media_rules

CHECKS = (
    "format", "codec", "width_px", "height_px", "ratio", "duration_s", "fps", "bitrate_kbps",
    "file_mb", "audio", "loudness_lufs", "peak_dbfs", "noise_floor_dbfs", "silence_s",
    "silence_share", "black_s", "frozen_s", "shake", "cuts_per_minute", "shot_s",
)  # fmt: skip
SUFFIXES = {".mp4", ".mov", ".m4v", ".avi", ".flv", ".mkv", ".webm", ".mpeg", ".mpg", ".3gp", ".ts"}
_NAN = float("nan")


def is_video(path):
    """True where the file's name says that it is a video."""
    return Path(path).suffix.lower() in SUFFIXES


def probe(path, rules=None, *, longest=600):
    """check, measured, allowed, ok: one row per measure of a video, NA where no rule applies.

    rules: a dict (`{"ratio": "9:16", "duration_s": [3, 900], "loudness_lufs": -14}`; a target
    loudness allows 1 LU either way), a platform id such as "instagram/reels", or None. longest:
    seconds that are decoded for sound, black, frozen, shake and pace. Units: px, s, frames/s,
    kbit/s, MiB, LUFS, dBFS; shake in percent of the picture's width (root mean square of the
    movement that is not smooth); shot_s the median shot. Without sound its rows are NaN. Raises
    InputError for an unreadable file.
    """
    wanted = media_rules(rules, "video", set(CHECKS))
    measures = basics(path)
    del measures["kind"]
    looked, heard = film.watch(str(path), longest), sound.listen(str(path), longest)
    measures |= {
        "loudness_lufs": _NAN, "peak_dbfs": _NAN, "noise_floor_dbfs": _NAN, "silence_s": _NAN,
        "silence_share": _NAN,
    }  # fmt: skip
    if heard is not None:
        quiet = sound.silent_parts(heard)
        measures["loudness_lufs"] = sound.loudness(heard)
        measures["peak_dbfs"] = sound.peak(heard)
        measures["noise_floor_dbfs"] = sound.noise_floor(heard)
        measures["silence_s"] = sum(end - start for start, end in quiet)
        measures["silence_share"] = measures["silence_s"] / heard.seconds
    measures["black_s"] = sum(end - start for start, end in film.black_parts(looked))
    measures["frozen_s"] = sum(end - start for start, end in film.frozen_parts(looked))
    measures["shake"] = film.shake(looked)
    cuts = film.cuts(looked)
    seconds = looked.seconds
    measures["cuts_per_minute"] = 60 * len(cuts) / seconds if seconds else _NAN
    shots = np.diff([0.0, *cuts, seconds])
    measures["shot_s"] = float(np.median(shots)) if seconds else _NAN
    return judged({name: measures[name] for name in CHECKS}, wanted)


def parts(path, *, longest=600):
    """kind (silence, black, frozen, cut), start, end in seconds, in the order of time."""
    basics(path)
    looked, heard = film.watch(str(path), longest), sound.listen(str(path), longest)
    rows = [("black", *span) for span in film.black_parts(looked)]
    rows += [("frozen", *span) for span in film.frozen_parts(looked)]
    rows += [("cut", at, at) for at in film.cuts(looked)]
    rows += [("silence", *span) for span in sound.silent_parts(heard)] if heard else []
    frame = pd.DataFrame(rows, columns=["kind", "start", "end"])
    return frame.sort_values(["start", "kind"], ignore_index=True)


def basics(path):
    """What the container says: kind, format, codec, size in px, ratio, duration_s, fps, ..."""
    import av

    if not Path(path).is_file():
        raise InputError("is not there.", where=str(path), remedy="Check the path.")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError("holds no pictures.", where=str(path))
            stream = container.streams.video[0]
            first = next(container.decode(video=0), None)
            if first is None:
                raise InputError("holds no frame that can be decoded.", where=str(path))
            width, height = stream.codec_context.width, stream.codec_context.height
            if first.rotation % 180:  # a phone held upright
                width, height = height, width
            duration = container.duration / av.time_base if container.duration else _NAN
            size = Path(path).stat().st_size
            names = container.format.name.split(",")
            suffix = Path(path).suffix.lower().lstrip(".")
            return {
                "kind": "video",
                "format": suffix if suffix in names else names[0],
                "codec": stream.codec_context.name,
                "width_px": width,
                "height_px": height,
                "ratio": width / height,
                "duration_s": duration,
                "fps": float(stream.average_rate) if stream.average_rate else _NAN,
                "bitrate_kbps": size * 8 / 1000 / duration if duration else _NAN,
                "file_mb": size / 2**20,
                "audio": bool(container.streams.audio),
            }
    except av.FFmpegError as error:
        raise InputError(f"is no readable video ({error}).", where=str(path)) from None
