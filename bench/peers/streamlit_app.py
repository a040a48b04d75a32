"""Charts of a JSON file in Streamlit: streamlit run streamlit_app.py -- CHARTS.

The file holds {name: list of Vega-Lite specs}; a choice shows one list, already computed.
"""

import json
import sys
from pathlib import Path

import streamlit as st


@st.cache_data
def read(path):
    """The charts, read once."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


charts = read(sys.argv[1])
name = st.radio("Period", list(charts))
st.text(f"shown: {name}")
for spec in charts[name]:
    st.vega_lite_chart(spec)
