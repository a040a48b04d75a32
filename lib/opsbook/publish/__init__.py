"""Notebooks in; reports, dashboards, schedules and hand-overs out."""

from opsbook.publish.light_imports import put_off

put_off()  # before anything of ours imports jsonschema: nbformat, Altair, Jupyter's server
