"""opsbook init: a new folder with settings and notebooks for the user's own brand."""

import json

import typer

from opsbook import config
from opsbook.errors import InputError, ParameterError
from opsbook.present.language import messages


def run(folder, language):
    """Make the folder; InputError where it is not empty."""
    if language not in config.LANGUAGES:
        raise ParameterError("language", f"{language} is not known.", known=config.LANGUAGES)
    if folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty.", where=str(folder), remedy="Name a new folder.")
    for name in ("inbox", "assets", "reference"):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)
    _settings(folder, language)
    (folder / "notebooks").mkdir()
    words = messages()
    for source in sorted((config.DISTRIBUTION / "notebooks").glob("*.ipynb")):
        notebook = json.loads(source.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            # the id stays, so that what the analyst leaves untouched still translates for readers
            key = cell["metadata"].get("opsbook", {}).get("message")
            if cell["cell_type"] == "markdown" and key in words:
                cell["source"] = (words[key].get(language) or words[key]["en"]).splitlines(True)
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (folder / "notebooks" / source.name).write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text(
        "data/store/\ndata/raw/\ndata/quarantine/\ndata/private/\nreports/\n"
    )
    typer.echo(
        f"Workbook in {folder}. Next: edit {folder}/data/workbook.toml, put exports into "
        f"{folder}/data/inbox/<platform>@<account>/, then opsbook import --home {folder}"
    )


def _settings(folder, language):
    import tomlkit

    shipped = config.DISTRIBUTION / "data" / "workbook.toml"
    settings = tomlkit.parse(shipped.read_text(encoding="utf-8"))
    settings["brand"]["name"] = "My brand"
    settings["workbook"]["language"] = language
    (folder / "data" / "workbook.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")
