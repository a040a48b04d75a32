"""One look for every surface: colours, type and sizes of charts.

Colours are colour-blind safe (Okabe and Ito 2008) unless workbook.toml names the brand's own.
"""

from functools import cache

from opsbook.config import template_path

# Okabe, M. and Ito, K. (2008), Color Universal Design; the yellow is left out: too faint on white.
SAFE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5a5a5a")
GOOD, BAD, NEUTRAL = "#009E73", "#D55E00", "#8a8f98"
INK, FAINT, RULE = "#1d2733", "#667085", "#e3e6ea"
FONTS = {"en": "Noto Sans SC", "zh-Hans": "Noto Sans SC", "zh-Hant": "Noto Sans TC"}
WIDTH, HEIGHT = 620, 300


def font(language):
    """Family of the bundled font for a language."""
    return FONTS[language]


@cache
def register_fonts():
    """Make the bundled fonts known to the chart renderer; once per process."""
    import vl_convert

    vl_convert.register_font_directory(str(template_path("fonts")))


def palette(settings):
    """Categorical colours: the brand's first, then the safe ones."""
    own = [c for c in settings.brand.get("colours", []) if c.lower() not in ("", None)]
    return [*own, *(c for c in SAFE if c not in own)]


def brand_colour(settings):
    """The brand's leading colour."""
    return palette(settings)[0]


def chart_config(language, colours):
    """Vega-Lite configuration shared by all charts."""
    ours = "'Opsbook TC', 'Opsbook SC'" if language == "zh-Hant" else "'Opsbook SC', 'Opsbook TC'"
    family = f"{font(language)}, {ours}, 'PingFang SC', 'Microsoft YaHei', sans-serif"
    text = {"labelFont": family, "titleFont": family, "labelFontSize": 11, "titleFontSize": 11}
    return {
        "font": family,
        "background": "white",
        "view": {"stroke": None},
        "range": {"category": list(colours)},
        "axis": {
            **text,
            "labelColor": FAINT,
            "titleColor": INK,
            "titleFontWeight": "normal",
            "gridColor": RULE,
            "domainColor": RULE,
            "tickColor": RULE,
            "labelLimit": 180,
        },
        "legend": {
            **text,
            "titleColor": INK,
            "labelColor": INK,
            "labelLimit": 180,
            "symbolOpacity": 1,  # a band's own opacity would leave its colour unreadable
        },
        "header": {**text, "labelColor": INK, "titleColor": INK, "labelFontSize": 12},
        "title": {"font": family, "fontSize": 13, "color": INK, "anchor": "start"},
        "mark": {"tooltip": True},
        "locale": {},
    }
