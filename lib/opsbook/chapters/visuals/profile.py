"""4.1: avatars and covers of the accounts, file by file."""

import pandas as pd

from opsbook.chapters.visuals import rows as visual_rows

AVATAR = ("width_px", "height_px", "ratio", "complexity", "brand_colour_share", "thumbnail")
COVER = ("width_px", "height_px", "ratio", "text_share", "contrast", "subject_prominence",
         "palette_distance")  # fmt: skip


def avatars(book):
    """Each account's avatar against the platform's and the brand's rules.

    One row per file: width_px, height_px, aspect_ratio, complexity (share of pixels on an edge),
    brand_colour_share, thumbnail (structural similarity with itself at 48 px, 0..1), checks,
    failed, is_ok.
    """
    table = visual_rows.wide(book, "avatar", AVATAR)
    _findings(book, "4.1.1", "avatar")
    for row in _without(book, "avatar").itertuples():
        book.find("4.1.1", "medium", "4.1.1.none",
                  subject=f"{book.translator.value(row.platform)}: {row.account_id}",
                  figure=1.0, unit="times")  # fmt: skip
    if len(table):
        book.say("4.1.1", "4.1.1.said", ok=int(table["is_ok"].sum()), n=len(table))
    return table.sort_values(["is_ok", "thumbnail"], ignore_index=True)


def covers(book):
    """Each account's cover: size, text, legibility, subject, colours, age.

    One row per file: width_px, height_px, aspect_ratio, text_share (of the area), contrast (lowest of
    its lettering, 1 to 21), subject_prominence (0 to 1), palette_distance (CIEDE2000 to the
    brand's colours), changed_at, days_unchanged, checks, failed, is_ok.
    """
    table = visual_rows.wide(book, "cover", COVER)
    about = visual_rows.standard(book)["age"]
    dates = visual_rows.assets(book, "cover").set_index("asset_id")["changed_at"]
    end = pd.Timestamp(book.period.end)
    table["changed_at"] = pd.to_datetime(dates.reindex(table["asset_id"]).to_numpy())
    table["days_unchanged"] = (end - table["changed_at"]).dt.days.astype("float64")
    _findings(book, "4.1.2", "cover")
    for row in table[table["days_unchanged"] > about["cover_days"]].itertuples():
        book.find("4.1.2", "low", "4.1.2.old", subject=_subject(book, row),
                  figure=float(row.days_unchanged), unit="days", most=about["cover_days"],
                  changed=row.changed_at.date())  # fmt: skip
    return table.sort_values(["is_ok", "contrast"], ignore_index=True)


def failures(book, kind):
    """Every rule that a kind of asset breaks: asset_id, platform, check, measured, allowed, rule_of."""
    frame = visual_rows.failures(book, kind)
    return frame.assign(measured=[visual_rows.shown(v) for v in frame["measured"]])


def pictures(book, kind, side=96):
    """Thumbnails of a kind: asset_id, platform, picture (data URI), is_bad."""
    return visual_rows.pictures(book, kind, side)


def _findings(book, section, kind):
    """One finding per file that breaks a rule, led by its worst check."""
    frame = visual_rows.failures(book, kind)
    ruled = visual_rows.audit(book)
    for asset_id, part in frame.groupby("asset_id"):
        first = part.iloc[0]
        n = int(((ruled["asset_id"] == asset_id) & ruled["is_ok"].notna()).sum())
        names = ", ".join(dict.fromkeys(book.check_name(c) for c in part["check"]))
        severity = "high" if "file" in set(part["check"]) or len(part) > 2 else "medium"
        book.find(section, severity, f"{section}.failed", subject=_subject(book, first),
                  figure=float(len(part)), n=n, unit="times", checks=names,
                  check=book.check_name(first["check"]),
                  measured=visual_rows.shown(first["measured"]),
                  allowed=first["allowed"] or "–")  # fmt: skip


def _subject(book, row):
    asset, platform = (
        row["asset_id"] if isinstance(row, pd.Series) else row.asset_id,
        (row["platform"] if isinstance(row, pd.Series) else row.platform),
    )
    return f"{asset} ({book.translator.value(platform)})" if isinstance(platform, str) else asset


def _without(book, kind):
    """Content accounts that name no file of the kind, where any account does."""
    accounts = book.frame("accounts")
    column = f"{kind}_asset_id"
    accounts = accounts[accounts["kind"].fillna("content") == "content"]
    has = visual_rows.assets(book, kind)
    own = set(zip(has["platform"], has["account_id"], strict=True))
    if not own:
        return accounts.head(0)
    bare = accounts[accounts[column].isna()]
    return bare[[(p, a) not in own for p, a in zip(bare["platform"], bare["account_id"],
                                                   strict=True)]]  # fmt: skip
