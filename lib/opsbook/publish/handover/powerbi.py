"""A folder for Power BI: Parquet and Delta of every table, the model with its relationships, a README.

`model.bim` is a tabular model (TMSL), which Tabular Editor and Power BI's tools open; the README
tells the same to a person.
"""

import json
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

from opsbook.publish import place
from opsbook.publish.handover import model

TYPES = (
    (pa.types.is_string, "string"),
    (pa.types.is_integer, "int64"),
    (pa.types.is_decimal, "decimal"),
    (pa.types.is_floating, "double"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_date, "dateTime"),
    (pa.types.is_timestamp, "dateTime"),
)


def folder(material, output):
    """Write the folder powerbi/ in one step; its files."""
    from deltalake import write_deltalake

    made = model.build(material)
    aside = output / f".powerbi-{uuid.uuid4().hex}"
    (aside / "parquet").mkdir(parents=True)
    for name, rows in made.tables.items():
        pq.write_table(rows, aside / "parquet" / f"{name}.parquet")
        write_deltalake(str(aside / "delta" / name), rows)
    text = json.dumps(tabular(made, material.brand), ensure_ascii=False, indent=1)
    (aside / "model.bim").write_text(text + "\n", encoding="utf-8")
    (aside / "README.md").write_text(readme(made, material), encoding="utf-8")
    target = place.move(aside, output / "powerbi")
    return sorted(path for path in target.rglob("*") if path.is_file())


def tabular(made, name):
    """The Model as a tabular model (TMSL) that reads the Parquet files of the parameter Folder."""
    tables = []
    for table, rows in made.tables.items():
        columns = [
            {
                "name": field.name,
                "dataType": _type(field.type),
                "sourceColumn": field.name,
                "description": made.columns.get((table, field.name), ""),
                "summarizeBy": "none",
            }
            for field in rows.schema
        ]
        source = f'Parquet.Document(File.Contents(Folder & "\\parquet\\{table}.parquet"))'
        one = {
            "name": table,
            "description": made.about.get(table, ""),
            "columns": columns,
            "partitions": [
                {
                    "name": table,
                    "mode": "import",
                    "source": {"type": "m", "expression": f"let Source = {source} in Source"},
                }
            ],
        }
        if table == model.PARTS:
            one["measures"] = [
                {"name": i.name["en"], "expression": formula, "description": i.formula}
                for i, formula in model.measures()
            ]
        tables.append(one)
    relationships = [
        {
            "name": f"{table}.{column} to {one}.{key}",
            "fromTable": table,
            "fromColumn": column,
            "toTable": one,
            "toColumn": key,
        }
        for table, column, one, key in made.relationships
    ]
    parameter = '"C:\\\\opsbook\\\\powerbi" meta [IsParameterQuery=true, Type="Text"]'
    return {
        "name": name,
        "compatibilityLevel": 1567,
        "model": {
            "culture": "en-US",
            "expressions": [{"name": "Folder", "kind": "m", "expression": parameter}],
            "tables": tables,
            "relationships": relationships,
        },
    }


def readme(made, material):
    """The model told to a person, in Markdown."""
    lines = [
        f"# {material.brand}: data for Power BI",
        "",
        f"Store version {material.version}, as of {material.as_of:%Y-%m-%d %H:%M} UTC. "
        f"Days are local to {material.settings.time_zone.key}; times are UTC; money is in the "
        f"row's own currency, shown figures in {material.settings.currency}.",
        "",
        "Columns that name a person, even as a key, are not handed over.",
        "",
        "## Open it",
        "",
        "1. Get data > Parquet (or Folder), `parquet/<table>.parquet`; or, for the Delta form,",
        "   Get data > Delta Lake, `delta/<table>`.",
        "2. Or open `model.bim` with Tabular Editor and set the parameter `Folder` to this folder:",
        "   tables, relationships and measures are in it.",
        "",
        "## Tables",
        "",
    ]
    for name, rows in made.tables.items():
        lines += [f"### {name}", "", f"{made.about.get(name, '')} {rows.num_rows} rows.", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for field in rows.schema:
            told = made.columns.get((name, field.name), "").replace("|", "\\|")
            lines.append(f"| {field.name} | {_type(field.type)} | {told} |")
        lines.append("")
    lines += ["## Relationships (many to one)", "", "| from | to |", "|---|---|"]
    lines += [f"| {t}.{c} | {o}.{k} |" for t, c, o, k in made.relationships]
    lines += ["", "## Measures", "", "| measure | formula | DAX |", "|---|---|---|"]
    for one, formula in model.measures():
        lines.append(f"| {one.name['en']} | {one.formula} | `{formula}` |")
    return "\n".join(lines) + "\n"


def _type(kind):
    return next(name for test, name in TYPES if test(kind))
