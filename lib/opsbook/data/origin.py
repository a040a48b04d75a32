"""Where a file comes from: whose it is, of which platform, day and period."""

import re
from datetime import UTC, date, datetime

from opsbook import config
from opsbook.data import times
from opsbook.data.presets import alternatives
from opsbook.errors import BadValue, InputError, ParameterError


def settings_of(data):
    file = data / "workbook.toml"
    return config.settings(data.parent) if file.is_file() else None


def most_mb(settings):
    """The largest file that is read, in MB: [import] max_file_mb of the settings, 2048 unless set."""
    return settings.sections.get("import", {}).get("max_file_mb", 2048) if settings else 2048


def whose(path, account):
    """(platform, account) from the call, else from the inbox folder `<platform>@<account>`."""
    platform = None
    if account:
        if "@" in account[1:]:
            platform, _, account = account.partition("@")
        return platform, account
    for folder in (path.parent.name, path.parent.parent.name):
        if re.match(r"^[a-z][a-z_0-9]*@.+$", folder):
            platform, _, account = folder.partition("@")
            return platform, account
    return None, None


def day_of_export(path, given):
    if given is not None:
        if isinstance(given, datetime):
            return given.date(), "the call"
        if isinstance(given, date):
            return given, "the call"
        try:
            return date.fromisoformat(str(given)), "the call"
        except ValueError:
            raise ParameterError(
                "exported_on", f"{given} is no day.", remedy="Write it as 2026-11-14."
            ) from None
    named = times.file_day(path)
    if named:
        return named, "the name of the file or folder"
    if not path.exists():
        raise InputError("does not exist.", where=str(path), remedy="Check the path.")
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), "the file's date on disk"


def platform_of(path, preset, given):
    if not preset.platforms:
        return given
    if given is None:
        return preset.platforms[0]
    if given not in preset.platforms:
        raise BadValue(
            f"is a file of {' or '.join(preset.platforms)} (preset {preset.id}), "
            f"but it was given for {given}.",
            where=path.name,
            remedy="Move it to the right inbox folder <platform>@<account>/ or name the account.",
        )
    return given


def told_platform(path, given, told, line, account):
    """The platform that the file's own second line names, held against the folder's."""
    if account and given != told and path.parent.name.startswith(f"{given}@"):
        raise BadValue(
            f"says {line!r}, so it is of {told}, but it lies in the folder of {given}.",
            where=path.name,
            remedy="Move it to the inbox folder of the right account.",
        )
    return told


def period_of(path, preset, keys, preamble, exported_on):
    """(first, last day) that the preamble or, where the preset says so, the file's name states.

    (None, None) where the preamble states none; BadValue where the name alone can say it and does
    not, for figures of an unknown period are of no use.
    """
    about = preset.get("periods")
    if not about:
        return None, None
    if about.get("file_name"):
        days = times.days_in(path.stem)
        dated = preset.sections.get("ads_daily", {}).get("needs", ())
        if days or any(a in keys for spec in dated for a in alternatives(spec)):
            return (min(days), max(days)) if days else (None, None)
        raise BadValue(
            "does not say which days its figures cover.",
            where=path.name,
            remedy="Put the first and the last day into its name, as in "
            f"{path.stem} 2026-11-01_2026-11-30{path.suffix}, or export it by day.",
        )
    zone = "UTC"
    for line in preamble:
        parts = re.split(r"\s+[-–—]\s+", line)
        if line.strip().lower() in [w.lower() for w in about.get("all_time", ["All time"])]:
            return date.fromisoformat(str(about["epoch"])), exported_on
        found, reasons = times.dates(parts, zone=zone, exported_on=exported_on)
        if not any(reasons) and all(found):
            return min(found), max(found)
    return None, None
