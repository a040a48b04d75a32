"""Charts of a JSON file in Panel: panel serve panel_app.py --args CHARTS.

The file holds {name: list of Vega-Lite specs}; a choice shows one list, already computed.
"""

import json
import sys
from pathlib import Path

import panel as pn

pn.extension("vega")
charts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
choice = pn.widgets.Select(name="Period", options=list(charts))


def page(name):
    """The charts of a name."""
    return pn.Column(f"shown: {name}", *(pn.pane.Vega(spec) for spec in charts[name]))


pn.Column(choice, pn.bind(page, choice)).servable()
