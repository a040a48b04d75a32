"""`make report` installs none of Dagster, Celery and Spark, nor what they bring."""

import re

from opsbook.config import DISTRIBUTION

HEAVY = {
    "dagster", "dagster-webserver", "dagster-postgres", "dagster-celery", "celery", "kombu", "redis",
    "pyspark", "py4j", "psycopg2-binary", "grpcio", "pantab", "rapidocr", "onnxruntime",
}  # fmt: skip


def names(lock):
    """Distributions that a lock pins."""
    text = (DISTRIBUTION / lock).read_text(encoding="utf-8")
    return {n.lower() for n in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.M)}


def recipe(target):
    """Prerequisites and recipe of a target of the Makefile, its READY variables resolved."""
    text = (DISTRIBUTION / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(target)}:([^\n#]*)[^\n]*\n((?:\t[^\n]*\n)*)", text, re.M)
    return found[1].split(), found[2]


def test_the_lock_of_the_report_holds_none_of_them():
    core = names("requirements.lock")
    assert {"pandas", "papermill", "deltalake"} <= core  # it is read at all
    assert core & HEAVY == set()
    assert HEAVY - names("requirements-system.lock") <= {"rapidocr", "onnxruntime"}


def test_the_report_is_made_from_that_lock_alone():
    needs, commands = recipe("report")
    assert needs == ["$(READY)"] and "pip" not in commands
    needs, commands = recipe("$(READY)")
    assert needs == ["requirements.lock", "pyproject.toml"]
    installed = re.findall(r"pip install (.*)$", commands, re.M)
    assert [re.findall(r"-r (\S+)", line) for line in installed] == [["requirements.lock"], []]
    assert "--no-deps" in installed[1] and "[" not in installed[1]
