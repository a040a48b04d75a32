"""Hand over what a run found to the tools that teams work in: one small module per target."""

from pathlib import Path

from opsbook.errors import ParameterError, RunError
from opsbook.publish.handover import material

# target -> (module of this package, function). A module is imported when it is asked for.
TARGETS = {
    "asana": ("tasks", "asana"),
    "teambition": ("tasks", "teambition"),
    "ics": ("calendar", "ics"),
    "xlsx": ("calendar", "xlsx"),
    "docx": ("documents", "docx"),
    "onepager": ("onepager", "files"),
    "tableau": ("tableau", "hyper"),
    "powerbi": ("powerbi", "folder"),
}


def hand_over(to, output, *, home=None, period="latest", language=None, data_version=None):
    """Write the files of the named targets into a folder; dict of target -> list of paths.

    to: "all", a list of targets, or text such as "asana,ics". period: what the one-pager and the
    findings tell of; findings are those of the newest finished run of that period. data_version:
    None for the newest. Files of earlier hand-overs with the same names are replaced.

    Raises ParameterError for an unknown target, RunError where the folder cannot be written or a
    run is missing, ConfigError where an extra is not installed.
    """
    names = chosen(to)
    about = material.gather(home=home, period=period, language=language, data_version=data_version)
    output = Path(output).absolute()
    try:
        output.mkdir(parents=True, exist_ok=True)
        return {name: _function(name)(about, output) for name in names}
    except OSError as error:
        raise RunError(
            f"{output}: the files could not be written: {error.strerror or error}.",
            remedy="Free the disk or give another folder with --output.",
        ) from error


def chosen(to):
    """The targets named by "all", a list or comma-separated text, in the order of TARGETS."""
    wanted = to.split(",") if isinstance(to, str) else list(to)
    wanted = [name.strip() for name in wanted if name.strip()]
    if wanted == ["all"]:
        return list(TARGETS)
    for name in wanted:
        if name not in TARGETS:
            raise ParameterError(name, "is not a target.", known=(*TARGETS, "all"))
    if not wanted:
        raise ParameterError("to", "no target is named.", known=(*TARGETS, "all"))
    return [name for name in TARGETS if name in wanted]


def _function(name):
    from importlib import import_module

    module, function = TARGETS[name]
    return getattr(import_module(f"{__name__}.{module}"), function)
