"""The one script that draws charts live in a page, and pictures of charts, all without a network."""

import os
import tempfile
from importlib.metadata import version
from pathlib import Path


def bundle():
    """The text of the Vega script; made once for each version of vl-convert, then kept on disk."""
    file = _folder() / f"vega-{version('vl-convert-python')}.js"
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        pass
    import vl_convert

    script = vl_convert.javascript_bundle()
    aside = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        aside.write_text(script, encoding="utf-8")
        aside.replace(file)
    except OSError:
        aside.unlink(missing_ok=True)
    return script


def picture(chart):
    """A chart's picture as SVG text: the notebook's own, else drawn from its specification."""
    if chart.svg:
        return chart.svg
    import vl_convert

    from opsbook.present import theme

    theme.register_fonts()
    return vl_convert.vegalite_to_svg(chart.spec)


def png(chart, scale=2.0):
    """A chart's picture as PNG bytes."""
    import vl_convert

    from opsbook.present import theme

    theme.register_fonts()
    return vl_convert.svg_to_png(picture(chart), scale=scale)


def _folder():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "opsbook"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="opsbook-"))
    return folder
