"""What must not drift: import directions, one list of dependencies, whole catalogues, clean notebooks."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from opsbook.config import LANGUAGES, load_toml
from opsbook.present.language import messages

ROOT = Path(__file__).parents[1]
LIB = ROOT / "lib" / "opsbook"
# cli -> commands -> publish -> chapters -> methods, data -> errors, config; present beside publish.
ALLOWED = {
    "errors": set(),
    "estimate": set(),
    "shared": set(),
    "config": {"errors"},
    "data": {"data", "errors", "config", "estimate", "methods", "shared"},
    "methods": {"methods", "errors", "config", "estimate", "shared"},
    "proof": {"proof", "methods", "errors", "config", "estimate"},
    "findings": {"errors", "estimate"},
    "chapters": {"chapters", "methods", "data", "errors", "config", "estimate", "findings"},
    "present": {"present", "data", "methods", "errors", "config", "estimate"},
}


def imports_of(path):
    """Modules of opsbook that a file imports, as dotted names below opsbook."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opsbook"):
            base = node.module.removeprefix("opsbook").lstrip(".")
            yield from ([base] if base else [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("opsbook."):
                    yield alias.name.removeprefix("opsbook.")


def sources():
    return sorted(LIB.rglob("*.py"))


def test_imports_run_one_way():
    wrong = []
    for path in sources():
        part = path.relative_to(LIB).parts[0].removesuffix(".py")
        if part not in ALLOWED:
            continue
        for name in imports_of(path):
            if name.split(".")[0] not in ALLOWED[part]:
                wrong.append(f"{path.relative_to(LIB)} imports {name}")
    assert wrong == []


def test_chapters_never_import_each_other():
    wrong = []
    for path in sorted((LIB / "chapters").rglob("*.py")):
        own = path.relative_to(LIB / "chapters").parts[0].removesuffix(".py")
        for name in imports_of(path):
            parts = name.split(".")
            if parts[0] == "chapters" and len(parts) > 1 and parts[1] != own:
                wrong.append(f"{path.relative_to(LIB)} imports {name}")
    assert wrong == []


def test_core_imports_no_extra():
    extras = ("dagster", "celery", "pyspark", "rapidocr", "pantab")
    wrong = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = (
                [a.name for a in getattr(node, "names", [])] if isinstance(node, ast.Import) else []
            )
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            inside = "schedule" in path.parts
            wrong += [
                f"{path.name}: {n}" for n in names if n.split(".")[0] in extras and not inside
            ]
    assert wrong == []


def test_environment_takes_the_package_by_pip_alone():
    """Static: no conda is needed to hold both files together."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    below = text.split("dependencies:")[1]
    names = re.findall(r"^\s+- ([a-z][\w-]*)", below, re.MULTILINE)
    assert set(names) <= {"python", "pip", "git", "make", "pango"}
    assert re.search(r"pip:\s*\n\s+- -e \.", below)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"].replace(" ", "") in text.replace(" ", "").replace(
        "-python", ""
    )


def test_lock_pins_every_direct_dependency_and_names_no_index():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower()
    assert "--index" not in lock and "://" not in lock
    for dependency in project["dependencies"]:
        name = (
            re.match(r"[A-Za-z0-9._-]+", dependency)[0].lower().replace("_", "-").replace(".", "-")
        )
        assert re.search(rf"^{re.escape(name)}(\[.*\])?==", lock, re.MULTILINE), name
    assert "--hash=sha256:" in lock


@pytest.mark.parametrize("name", ["dagster", "celery", "pyspark"])
def test_core_lock_has_no_extra(name):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(rf"^{name}==", lock, re.MULTILINE)


def catalogues():
    return sorted((ROOT / "data" / "reference" / "messages").glob("*.toml"))


@pytest.mark.parametrize("path", catalogues(), ids=lambda p: p.stem)
def test_every_message_has_three_languages(path):
    missing = [
        f"{key}: {name}"
        for key, forms in load_toml(path).items()
        for name in LANGUAGES
        if not forms.get(name)
    ]
    assert missing == []


@pytest.mark.parametrize("path", catalogues(), ids=lambda p: p.stem)
def test_placeholders_agree_between_languages(path):
    wrong = []
    for key, forms in load_toml(path).items():
        names = {name: set(re.findall(r"\{(\w+)", forms.get(name, ""))) for name in LANGUAGES}
        # a language may leave a value out, never name one that English does not have
        wrong += [f"{key}: {n}" for n in LANGUAGES if not names[n] <= names["en"]]
    assert wrong == []


def test_a_message_means_one_thing():
    """An id that stands in two catalogues has the same wording in both."""
    seen, wrong = {}, []
    for path in catalogues():
        for key, forms in load_toml(path).items():
            if key in seen and seen[key][1] != forms:
                wrong.append(f"{key}: {seen[key][0]} and {path.stem} differ")
            seen.setdefault(key, (path.stem, forms))
    assert wrong == []


def notebooks():
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda p: p.stem)
def test_notebook_is_clean_and_calls_only(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    known = messages()
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            key = cell["metadata"]["opsbook"]["message"]
            assert source == known[key]["en"], f"{key} differs from the catalogue"
            continue
        assert cell["outputs"] == [] and cell["execution_count"] is None
        assert len(source.splitlines()) <= 14
        tree = ast.parse(source)
        assert not [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        clocks = [
            n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in ("today", "now")
        ]
        assert not [
            n for n in clocks if getattr(n.value, "id", "") in ("dt", "date", "datetime", "pd")
        ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda p: p.stem)
def test_notebook_has_typed_parameters(path):
    from opsbook.publish import parameters
    from opsbook.publish.prepare import read

    known = parameters.schema(read(path))
    assert "language" in known
    assert all(p.comment for p in known.values())
