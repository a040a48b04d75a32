"""Layouts nobody has described yet: a proposed mapping, edited and saved as a preset file."""

from pathlib import Path

from opsbook.data import presets
from opsbook.errors import ParameterError


def load(chosen, own=None):
    """A Preset out of a dict, the path of a TOML file, or the id of a saved mapping."""
    if isinstance(chosen, presets.Preset):
        return chosen
    if isinstance(chosen, dict):
        return presets.parse_preset({"id": "mapping", **chosen}, "mapping")
    path = Path(chosen)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ParameterError("mapping", f"{chosen} does not exist.", remedy="Check the path.")
        return presets.load_preset(path)
    return presets.named(str(chosen), own)


def propose(path, sheets):
    """A mapping to complete, out of headers, units and values."""
    head = sheets[0].head
    header = max(head[:15], key=lambda row: len({c for c in row if c.strip()}))
    return {"id": path.stem, "version": 1, "columns": {c: "" for c in header if c.strip()}}
