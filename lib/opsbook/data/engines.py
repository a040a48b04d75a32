"""The store read by another engine: workbook.toml [workbook] engine names DuckDB or PySpark.

Indicators and chapter tables are ibis expressions over `store.table`, so that only this table is
made anew: the same visible files, the same rule for keys that came in again, in Spark's words.
PySpark is an extra; a session that runs already (on a cluster) is taken.
"""

from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of
from opsbook.data.store import Store
from opsbook.errors import ConfigError

ENGINES = ("duckdb", "pyspark")
SPARK = {
    "text": "STRING", "json": "STRING", "int": "BIGINT", "number": "DOUBLE", "rate": "DOUBLE",
    "money": "DECIMAL(18,4)", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP",
}  # fmt: skip


def open_store(settings):
    """The Store of a workbook, read by the engine its settings name; ConfigError for another."""
    store = Store(settings.store)
    if settings.engine == "duckdb":
        return store
    if settings.engine == "pyspark":
        return SparkStore(store)
    raise ConfigError(
        settings.data / "workbook.toml",
        "workbook.engine",
        f"{settings.engine} is not one of {', '.join(ENGINES)}.",
    )


class SparkStore:
    """A Store whose tables are Spark's. Writing, versions and batches are the Store's own."""

    def __init__(self, store, session=None):
        self.store = store
        self._session = session
        self._connection = None
        self._views = {}

    def prepared(self, key, build):
        """The expression build() gives: Spark plans it whole."""
        return build()

    def __getattr__(self, name):
        return getattr(self.store, name)

    @property
    def connection(self):
        """The ibis connection to Spark; ConfigError where the extra is not installed."""
        if self._connection is None:
            try:
                from pyspark.sql import SparkSession
            except ImportError as error:
                raise ConfigError(
                    "pyproject.toml",
                    "spark",
                    "the extra is not installed.",
                    remedy="Install it: pip install 'opsbook[spark]', or set engine = \"duckdb\".",
                ) from error
            import ibis

            session = self._session or SparkSession.builder.appName("opsbook").getOrCreate()
            session.conf.set("spark.sql.session.timeZone", "UTC")
            self._session = session
            self._connection = ibis.pyspark.connect(session)
            _teach(session)
        return self._connection

    def table(self, name, version=None):
        """As Store.table, in Spark."""
        table_of(name)
        state = self.store.state(version)
        view = f"{name}_v{state.version}"
        if view not in self._views:
            connection = self.connection
            self._session.sql(self._sql(name, state)).createOrReplaceTempView(view)
            self._views[view] = connection.table(view)
        return self._views[view]

    def _sql(self, name, state):
        table = table_of(name)
        types = {c.name: SPARK[c.type] for c in table.columns.values()}
        types |= {n: SPARK[t] for n, t in PROVENANCE.items()}
        files = self.store.files(name, state)
        if not files:
            nothing = ", ".join(f"CAST(NULL AS {t}) AS `{c}`" for c, t in types.items())
            return f"SELECT {nothing} WHERE false"
        raw = self._session.read.option("mergeSchema", "true").parquet(*(f.path for f in files))
        raw.createOrReplaceTempView(f"{name}_raw{state.version}")
        have = set(raw.columns)
        cells = ", ".join(
            f"CAST({'`' + c + '`' if c in have else 'NULL'} AS {t}) AS `{c}`"
            for c, t in types.items()
        )
        sql = f"SELECT {cells} FROM {name}_raw{state.version}"
        if not all(f.whole for f in files):
            sql += f" WHERE import_batch_id NOT IN ({_listed(state.undone)})"
        return _current(name, table, types, state, sql) if name in state.revised else sql


def _current(name, table, types, state, sql):
    """One row per key: per column the newest batch that supplies the column (see visible)."""
    supply = {b: (r, wrote[name]) for b, (r, wrote) in state.batches.items() if name in wrote}
    ranks = ", ".join(f"('{b}', {rank})" for b, (rank, _) in supply.items())
    ranked = (
        f"SELECT t.*, r._rank FROM ({sql}) t "
        f"JOIN (VALUES {ranks} AS r(batch, _rank)) r ON t.import_batch_id = r.batch"
    )
    key = ", ".join(f"`{k}`" for k in table.key)
    if len({frozenset(columns) for _, columns in supply.values()}) == 1:
        every = ", ".join(f"`{c}`" for c in types)
        return (
            f"SELECT {every} FROM (SELECT *, row_number() OVER (PARTITION BY {key} "
            f"ORDER BY _rank DESC) AS _place FROM ({ranked})) WHERE _place = 1"
        )
    cells = []
    for column, kind in types.items():
        givers = [b for b, (_, columns) in supply.items() if column in columns]
        if column in table.key:
            cells.append(f"`{column}`")
        elif column in PROVENANCE or len(givers) == len(supply):
            cells.append(f"max_by(`{column}`, _rank) AS `{column}`")
        elif givers:
            cells.append(
                f"max_by(`{column}`, _rank) FILTER (WHERE import_batch_id IN ({_listed(givers)})) "
                f"AS `{column}`"
            )
        else:
            cells.append(f"CAST(NULL AS {kind}) AS `{column}`")
    return f"SELECT {', '.join(cells)} FROM ({ranked}) GROUP BY {key}"


def _teach(session):
    """Give Spark the function `timezone(zone, moment)` under the name that the views call."""
    session.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION timezone(zone STRING, moment TIMESTAMP) "
        "RETURNS TIMESTAMP_NTZ "
        "RETURN CAST(from_utc_timestamp(moment, zone) AS TIMESTAMP_NTZ)"
    )


def _listed(names):
    return ", ".join(f"'{n}'" for n in sorted(names))
