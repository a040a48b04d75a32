"""Small copies of pictures and first frames of videos, as data that a page can carry."""

import base64
from functools import lru_cache
from io import BytesIO

from PIL import Image

from opsbook.methods import images, videos


def data_uri(file, side=96):
    """A picture (or a video's frame at a third of its length) as a JPEG data URI.

    side: longest side in pixels; the picture is never enlarged. Raises InputError for an
    unreadable file.
    """
    return _data_uri(str(file), file.stat().st_mtime_ns, side)


@lru_cache(maxsize=512)
def _data_uri(file, _, side):
    picture = _frame(file) if videos.is_video(file) else images.opened(file)
    picture = images.reduced(picture, side)
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _frame(file):
    """One frame of a video, a third into it, where black openings are over."""
    import av

    about = videos.basics(file)
    with av.open(file) as box:
        wanted = (about["duration_s"] or 0) / 3
        last = None
        for frame in box.decode(video=0):
            last = frame
            if frame.time is not None and frame.time >= wanted:
                break
        return Image.fromarray(last.to_ndarray(format="rgb24"))
