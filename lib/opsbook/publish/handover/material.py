"""What is handed over: the findings of a run, the content calendar, the store behind both."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from opsbook import config
from opsbook.data.store import Store
from opsbook.errors import RunError
from opsbook.findings import SEVERITIES
from opsbook.present import retold
from opsbook.present.language import Translator
from opsbook.publish import manifest


@dataclass(frozen=True)
class Material:
    """The sources of every hand-over.

    findings: list of finding dicts, worst first, in `findings_language` where no run was made in
    the reader's. run: folder of the run they come from, or None. as_of: UTC time of the store's
    version, so that the same data give the same files.
    """

    settings: config.Settings
    store: Store
    version: int
    period: str
    language: str
    translator: Translator
    findings: list = field(repr=False)
    findings_language: str
    run: object
    as_of: pd.Timestamp

    def t(self, key, **values):
        """A message in the reader's language."""
        return self.translator.text(key, **values)

    @property
    def brand(self):
        """The brand's name in the reader's language."""
        return self.settings.brand_name(self.language)

    @cached_property
    def calendar(self):
        """The content calendar by planned time: its columns and `slot`, local wall-clock time."""
        items = self.store.frame("calendar_items", self.version)
        slot = items["slot_at"].dt.tz_convert(self.settings.time_zone)
        items = items.assign(slot=slot).sort_values(["slot_at", "item_id"], ignore_index=True)
        names = self.store.frame("accounts", self.version)
        names = names.drop_duplicates(["platform", "account_id"])
        names = names[["platform", "account_id", "account_name"]]
        return items.merge(names, on=["platform", "account_id"], how="left")


def gather(*, home=None, period="latest", language=None, data_version=None, run=None):
    """The Material of a workbook. run: a folder of reports, by default the newest of the period."""
    settings = config.settings(home)
    language = language or settings.language
    store = Store(settings.store)
    version = store.version if data_version is None else int(data_version)
    translator = Translator(
        language,
        currency=settings.currency,
        time_zone=settings.time_zone,
        home_folder=settings.home,
    )
    period = resolve(settings, store, version, period)
    done = manifest.load(run) if run else newest_run(settings.reports, period, language)
    found, spoken = [], language
    if done is not None:
        found = json.loads((Path(done.folder) / "findings.json").read_text(encoding="utf-8"))
        found, spoken = reworded(found, done.language, translator)
    order = {s: i for i, s in enumerate(reversed(SEVERITIES))}
    found = sorted(found, key=lambda f: (order[f["severity"]], f["due"], f["finding_id"]))
    commits = store.commits()
    commits = commits[commits["version"] <= version]
    as_of = commits["at"].iloc[-1] if len(commits) else pd.Timestamp(0, tz="UTC")
    return Material(
        settings=settings,
        store=store,
        version=version,
        period=period,
        language=language,
        translator=translator,
        findings=found,
        findings_language=spoken,
        run=done.folder if done is not None else None,
        as_of=as_of,
    )


def resolve(settings, store, version, period):
    """The written form of a period; `latest` is the last complete week of the data."""
    from opsbook.book import latest_period
    from opsbook.data import periods

    if str(period) == "latest":
        return latest_period(store, settings, version).label
    return periods.parse(period).label


def newest_run(reports, period, language):
    """Manifest of the newest finished run of a period, of the reader's language where there is one."""
    runs = [m for m in manifest.finished(reports) if m.period == period]
    runs = [m for m in runs if (Path(m.folder) / "findings.json").is_file()]
    own = [m for m in runs if m.language == language]
    script = [m for m in runs if m.language[:2] == language[:2]]
    return next(iter(own or script or runs), None)


def needs_run(material, target):
    """RunError where no run of the period is there."""
    if material.run is None:
        raise RunError(
            f"{target}: there is no finished run of {material.period}.",
            remedy=f"Run it first: opsbook run --period {material.period}",
        )
    return Path(material.run)


def reworded(findings, spoken, translator):
    """Findings in the translator's language, as far as they can be; (findings, language).

    Those of earlier runs have only sentences: the other Chinese script is made of these.
    """
    language = translator.language
    if spoken != language and all(f.get("values") is not None for f in findings):
        return [retold.finding(f, translator) for f in findings], language
    scripts = {("zh-Hans", "zh-Hant"): "s2t", ("zh-Hant", "zh-Hans"): "t2s"}
    if (spoken, language) not in scripts:
        return findings, spoken
    from opencc import OpenCC

    convert = OpenCC(scripts[spoken, language]).convert
    told = ("what", "action", "changes_if")
    return [{**f, **{k: convert(f[k]) for k in told}} for f in findings], language
