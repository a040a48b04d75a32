"""The days on which the team exported, and the folders that those exports lie in."""

from datetime import timedelta

from opsbook.data.sample.world import END


def weekly():
    """Last days of the exports: two of the newest posts some weeks back, and one of all posts."""
    return [(END - timedelta(days=7 * k), 35) for k in (4, 2)] + [(END, None)]


def exported(folder, day=END):
    """The folder of the exports that hold all days up to this one: named by the day after."""
    return folder / f"{day + timedelta(days=1):%Y-%m-%d}"
