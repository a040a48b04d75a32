"""Indicators by PySpark (a local cluster) equal to DuckDB's to 1e-9, on the sample brand.

Needs the extra `spark` and Java.
"""

import shutil

import numpy as np
import pytest

from opsbook import Store, config, indicators
from opsbook.data import engines
from opsbook.errors import ConfigError

SAMPLE = config.DISTRIBUTION / "data" / "sample" / "inbox"
TOLERANCE = 1e-9


def test_an_unknown_engine_is_refused(home):
    file = home / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('engine = "duckdb"', 'engine = "duckdbb"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="duckdbb is not one of duckdb, pyspark"):
        engines.open_store(config.settings(home))
    file.write_text(text, encoding="utf-8")
    assert isinstance(engines.open_store(config.settings(home)), Store)


@pytest.mark.system
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning")  # fmt: skip
def test_every_indicator_is_equal_on_both_engines(home, monkeypatch):
    from pyspark.sql import SparkSession

    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = session.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    file = home / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('engine = "duckdb"', 'engine = "pyspark"'), encoding="utf-8")
    shutil.copytree(SAMPLE, home / "data" / "inbox")
    settings = config.settings(home)
    plain = Store(settings.store)
    assert sum(not isinstance(r, Exception) for _, r in plain.import_folder(home / "data/inbox"))
    assert plain.state().revised
    spark = engines.open_store(settings)
    views = {}
    for name, one in sorted(indicators.registry().items()):
        views.setdefault(one.view, []).append(name)
    compared = 0
    for view, names in views.items():
        for period in ("2026-W45", None):
            wanted = indicators.compute(plain, names, period=period)[names].iloc[0]
            got = indicators.compute(spark, names, period=period)[names].iloc[0]
            same = np.isclose(wanted, got, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
            assert [n for n, ok in zip(names, same, strict=True) if not ok] == [], view
            compared += int(np.isfinite(wanted.to_numpy(float)).sum())
    session.stop()
    assert compared > 100
