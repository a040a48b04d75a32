"""An extract for Tableau (.hyper): the tables of the model. Needs the extra `tableau`."""

import pyarrow as pa

from opsbook.errors import ConfigError
from opsbook.publish.handover import model

REMEDY = "Install it: pip install 'opsbook[tableau]'. Power BI's folder needs no extra."


def hyper(material, output):
    """Write opsbook.hyper; a list with its path. ConfigError where the extra is not installed."""
    try:
        import pantab
    except ImportError as error:
        raise ConfigError("pyproject.toml", "tableau", "the extra is not installed.", remedy=REMEDY) from error  # fmt: skip
    tables = {name: _plain(rows) for name, rows in model.build(material).tables.items()}
    path = output / "opsbook.hyper"
    aside = output / ".opsbook.part.hyper"
    # Hyper's own log would be written into the working directory
    pantab.frames_to_hyper(tables, aside, process_params={"log_config": ""})
    aside.replace(path)
    return [path]


def _plain(rows):
    """Money as float64: Hyper shows its decimals of this width as text in older Tableau."""
    fields = [
        pa.field(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type)
        for f in rows.schema
    ]
    return rows.cast(pa.schema(fields))
