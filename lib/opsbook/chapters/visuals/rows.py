"""What the sections of chapter 4 read: asset files, the brand's standard, one audit of all."""

import json

import pandas as pd

from opsbook import config
from opsbook.errors import InputError
from opsbook.methods.asset_audit import asset_audit
from opsbook.methods.thumbnails import data_uri


def standard(book):
    """The brand's visual standard (data/reference/visual_standard.toml), palette filled in."""
    about = dict(config.reference("visual_standard.toml", home_folder=book.settings.home))
    palette = dict(about["palette"])
    palette["colours"] = palette["colours"] or list(book.settings.brand.get("colours", []))
    return about | {"palette": palette}


def assets(book, kind=None):
    """Asset rows, of one kind or all, with `file` (None where it is not there)."""

    def build():
        frame = book.frame("assets").drop_duplicates("asset_id")
        frame["file"] = [book.asset_path(p) if isinstance(p, str) else None for p in frame["path"]]
        for column in ("platform", "account_id"):
            frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
        return frame.reset_index(drop=True)

    frame = book.once("visual_assets", build)
    return (frame if kind is None else frame[frame["kind"] == kind]).copy()


def audit(book):
    """Every asset's checks in one frame (see `methods.asset_audit`), decoded once."""

    def build():
        about = standard(book)
        return asset_audit(assets(book), book.asset_path, about, about["palette"]["colours"])

    return book.once("visual_audit", build)


def wide(book, kind, checks):
    """One row per asset of a kind: the asked measures as columns, then what it fails.

    The measure ratio (width over height) is the column aspect_ratio.

    Adds checks (rules applied), failed (their names in the reader's language), is_ok.
    """
    frame = audit(book)
    mine = frame[frame["kind"] == kind]
    measured = mine.drop_duplicates(["asset_id", "check"]).pivot(
        index="asset_id", columns="check", values="measured"
    )
    out = assets(book, kind).set_index("asset_id")[["platform", "account_id"]]
    for check in checks:
        out[check] = measured[check] if check in measured.columns else float("nan")
        if check not in ("format", "codec"):
            out[check] = pd.to_numeric(out[check], errors="coerce")
    ruled = mine[mine["is_ok"].notna()]
    bad = ruled[~ruled["is_ok"].astype(bool)]
    out["checks"] = ruled.groupby("asset_id").size().reindex(out.index).fillna(0).astype("int64")
    names = bad.groupby("asset_id")["check"].agg(
        lambda s: ", ".join(dict.fromkeys(book.check_name(c) for c in s))
    )
    out["failed"] = names.reindex(out.index).fillna("")
    out["is_ok"] = out["failed"] == ""
    return out.rename(columns={"ratio": "aspect_ratio"}).reset_index()


def failures(book, kind):
    """Failed checks of a kind: asset_id, platform, check, measured, allowed, rule_of."""
    frame = audit(book)
    bad = frame[(frame["kind"] == kind) & frame["is_ok"].notna()]
    bad = bad[~bad["is_ok"].astype(bool)]
    return bad[["asset_id", "platform", "check", "measured", "allowed", "rule_of"]].reset_index(
        drop=True
    )


def pictures(book, kind, side=96):
    """Thumbnails of a kind: asset_id, platform, picture (data URI), is_bad. Unreadable ones are left out."""
    columns = ["asset_id", "platform", "picture", "is_bad"]
    bad = set(failures(book, kind)["asset_id"])
    out = []
    for row in assets(book, kind).itertuples():
        if row.file is None:
            continue
        try:
            out.append((row.asset_id, row.platform, data_uri(row.file, side), row.asset_id in bad))
        except InputError:
            continue
    return pd.DataFrame(out, columns=columns)


def words(value):
    """A JSON list as a list of text; [] for nothing."""
    if isinstance(value, (list, tuple)):
        return [str(v) for v in value]
    if not isinstance(value, str) or not value:
        return []
    try:
        found = json.loads(value)
    except ValueError:
        return []
    return [str(v) for v in found] if isinstance(found, list) else []


def shown(value):
    """A measure as short text."""
    if value is None or value != value:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
