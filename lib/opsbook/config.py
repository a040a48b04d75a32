"""Where things are and what the brand has set: folders, reference files, workbook.toml."""

import os
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opsbook.errors import ConfigError

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
DISTRIBUTION = Path(__file__).resolve().parents[2]


def home(path=None):
    """Folder of the workbook in use: the argument, OPSBOOK_HOME, the nearest folder upwards
    with data/workbook.toml, else the distribution itself (the sample brand)."""
    if path is not None:
        return Path(path).resolve()
    if os.environ.get("OPSBOOK_HOME"):
        return Path(os.environ["OPSBOOK_HOME"]).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "workbook.toml").is_file():
            return folder
    return DISTRIBUTION


def reference_path(*parts, home_folder=None):
    """Path of a reference file: the workbook's own copy where it has one, else the shipped one."""
    own = home(home_folder).joinpath("data", "reference", *parts)
    return own if own.exists() else DISTRIBUTION.joinpath("data", "reference", *parts)


def template_path(*parts):
    """Path of a file below templates/."""
    return DISTRIBUTION.joinpath("templates", *parts)


def load_toml(path):
    """The content of a TOML file as a dict; ConfigError names the file and the line."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(path, "file", "is missing.", remedy="Restore it from git.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(path, "syntax", f"is not valid TOML: {error}.") from None


@cache
def _reference(path, stamp):
    return load_toml(path)


def reference(*parts, home_folder=None):
    """A reference TOML file as a dict, read once per version of the file. Do not change it."""
    path = reference_path(*parts, home_folder=home_folder)
    return _reference(path, _stamp(path))


def _stamp(path):
    """What changes when a file is written again; None where there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino


@dataclass(frozen=True)
class Settings:
    """What workbook.toml says. Durations and money are in the units named there."""

    home: Path
    brand: dict
    language: str
    time_zone: ZoneInfo
    currency: str
    working_hours: dict
    engine: str
    owners: dict
    thresholds: dict
    audience: dict
    sections: dict = field(repr=False)

    @property
    def data(self):
        """The data folder of the workbook."""
        return self.home / "data"

    @property
    def store(self):
        """The folder of the Delta tables."""
        where = self.sections.get("store", {}).get("path", "data/store")
        return self.home / where

    @property
    def reports(self):
        """The folder into which runs are written."""
        return self.home / "reports"

    def brand_name(self, language):
        """The brand's name in a language, or its only name."""
        name = self.brand["name"]
        return name if isinstance(name, str) else name.get(language) or name["en"]


def settings(path=None):
    """workbook.toml of a workbook's folder, checked; ConfigError names key and remedy.

    Read once per version of the file: do not change what it holds.
    """
    folder = home(path)
    file = folder / "data" / "workbook.toml"
    return _settings(folder, file, _stamp(file))


@lru_cache(maxsize=64)
def _settings(folder, file, stamp):
    raw = load_toml(file)
    for section in ("brand", "workbook", "thresholds"):
        if section not in raw:
            raise ConfigError(file, section, "is missing.", remedy="Copy it from the shipped file.")
    book = raw["workbook"]
    language = book.get("language", "en")
    if language not in LANGUAGES:
        raise ConfigError(file, "workbook.language", f"is {language}, not one of {LANGUAGES}.")
    try:
        zone = ZoneInfo(book.get("time_zone", "Asia/Shanghai"))
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            file,
            "workbook.time_zone",
            f"{book['time_zone']} is not a known zone.",
            remedy="Use an IANA name such as Asia/Shanghai.",
        ) from None
    shipped = load_toml(DISTRIBUTION / "data" / "workbook.toml")
    return Settings(
        home=folder,
        brand=raw["brand"],
        language=language,
        time_zone=zone,
        currency=book.get("currency", "CNY"),
        working_hours=book.get("working_hours", shipped["workbook"]["working_hours"]),
        engine=book.get("engine", "duckdb"),
        owners=shipped["owners"] | raw.get("owners", {}),
        thresholds=shipped["thresholds"] | raw["thresholds"],
        audience=raw.get("audience", {}),
        sections=raw,
    )


def home_of(store_path):
    """The workbook's folder that a store belongs to, else the home in use."""
    for folder in Path(store_path).resolve().parents:
        if (folder / "data" / "workbook.toml").is_file():
            return folder
    return home()
