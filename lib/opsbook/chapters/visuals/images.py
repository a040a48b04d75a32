"""4.2.1: pictures of posts - style, sharpness, reuse, repeated text, rights."""

import numpy as np
import pandas as pd

from opsbook.chapters.visuals import rows as visual_rows
from opsbook.chapters.visuals.profile import _findings
from opsbook.errors import InputError
from opsbook.methods import colours
from opsbook.methods import images as picture_methods

IMAGE = ("width_px", "height_px", "ratio", "file_mb", "sharpness", "palette_distance",
         "text_share")  # fmt: skip


def images(book):
    """Each post picture: size rules, sharpness, colours, distance from the brand's own set.

    One row per file: width_px, height_px, aspect_ratio, file_mb, sharpness (variance of the Laplacian),
    palette_distance (CIEDE2000), style_distance (to the brand's avatars and covers), text_share,
    posts (that use it), checks, failed, is_ok.
    """
    table = visual_rows.wide(book, "image", IMAGE)
    style = book.once("style_distance", lambda: _style(book))
    used = visual_rows.assets(book, "image").set_index("asset_id")["used_by"]
    distance = [style.get(a, np.nan) for a in table["asset_id"]]
    table.insert(8, "style_distance", np.array(distance, dtype="float64"))
    table["posts"] = [len(visual_rows.words(used.get(a))) for a in table["asset_id"]]
    _findings(book, "4.2.1", "image")
    return table.sort_values(["is_ok", "palette_distance"], ascending=[True, False],
                             ignore_index=True)  # fmt: skip


def _style(book):
    """asset_id -> distance of its colours from those of the brand's avatars and covers that hold."""
    ours = []
    bad = {k: set(visual_rows.failures(book, k)["asset_id"]) for k in ("avatar", "cover")}
    for kind in ("avatar", "cover"):
        for row in visual_rows.assets(book, kind).itertuples():
            if row.file is not None and row.asset_id not in bad[kind]:
                ours.append(row.file)
    out = {}
    if not ours:
        return out
    found = []
    for file in ours[:16]:
        small = picture_methods.reduced(picture_methods.opened(file), 96)
        found.append(colours.dominant(np.asarray(small).reshape(-1, 3))[0])
    palette = [tuple(c) for c in np.vstack(found)]
    for row in visual_rows.assets(book, "image").itertuples():
        if row.file is None:
            continue
        try:
            small = picture_methods.reduced(picture_methods.opened(row.file), 96)
            out[row.asset_id] = picture_methods.palette_distance(small, palette)
        except InputError:
            continue
    return out


def reuse(book):
    """Pictures that are the same or nearly so, by perceptual hash: an originality check.

    One row per pair: first, second, distance (bits of 64), first_used and second_used (posts),
    same_post. A pair used in different posts is a repeat that followers see.
    """
    columns = ["first_asset", "second_asset", "distance", "first_posts", "second_posts",
               "platforms"]  # fmt: skip
    table = visual_rows.assets(book, "image")
    table = table[table["file"].notna()]
    pairs = book.once("near_duplicates", lambda: _pairs(list(table["file"])))
    by_file = {str(f): row for f, (_, row) in zip(table["file"], table.iterrows(), strict=True)}
    out = []
    for first, second, distance in pairs:
        a, b = by_file[first], by_file[second]
        posts = [visual_rows.words(r["used_by"]) for r in (a, b)]
        where = dict.fromkeys(str(book.translator.value(r["platform"])) for r in (a, b))
        out.append((a["asset_id"], b["asset_id"], int(distance), len(posts[0]), len(posts[1]),
                    ", ".join(where)))  # fmt: skip
        book.find("4.2.1", "medium", "4.2.1.duplicate",
                  subject=f"{a['asset_id']} = {b['asset_id']}", figure=float(distance),
                  unit="times", n=64, first=a["asset_id"], second=b["asset_id"],
                  posts=len(posts[0]) + len(posts[1]))  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def _pairs(files):
    readable = []
    for file in files:
        try:
            picture_methods.basics(file)
            readable.append(str(file))
        except InputError:
            continue
    if len(readable) < 2:
        return []
    found = picture_methods.near_duplicates(readable)
    return [
        (str(first), str(second), distance)
        for first, second, distance in found[["first", "second", "distance"]].itertuples(
            index=False
        )
    ]


def repeated_text(book):
    """Words in pictures that the post says again: asset_id, post_id, picture_text, repeat_share.

    Pictures with lettering only; read by OCR where it is installed.
    """
    columns = ["asset_id", "platform", "post_id", "picture_text", "post_text", "repeat_share"]
    return book.once("repeated_text", lambda: _repeated(book, columns)).copy()


def _repeated(book, columns):
    table = visual_rows.wide(book, "image", ("text_share",)).set_index("asset_id")
    lettered = set(table.index[table["text_share"] > 0.005])
    rows = visual_rows.assets(book, "image")
    rows = rows[rows["asset_id"].isin(lettered) & rows["file"].notna()]
    posts = book.frame("posts", columns=["platform", "post_id", "post_title", "post_message"])
    said = posts["post_title"].fillna("") + " " + posts["post_message"].fillna("")
    said = dict(zip(zip(posts["platform"], posts["post_id"], strict=True), said, strict=True))
    out = []
    for row in rows.itertuples():
        used = [p for p in visual_rows.words(row.used_by) if (row.platform, p) in said]
        if not used:
            continue
        try:
            text = " ".join(picture_methods.read_text(row.file)["text"])
        except (ImportError, InputError):
            break
        for post in used:
            again = said[row.platform, post].strip()
            share = picture_methods.text_repeat(text, again)
            out.append((row.asset_id, row.platform, post, text, again[:60], float(share)))
            if share >= 0.8:
                book.find("4.2.1", "low", "4.2.1.repeat", subject=row.asset_id,
                          figure=float(share), unit="fraction", text=text[:40],
                          platform=book.translator.value(row.platform))  # fmt: skip
    frame = pd.DataFrame(out, columns=columns)
    return frame.sort_values("repeat_share", ascending=False, ignore_index=True)


def rights(book):
    """When the right of use of each file ends: one row per file with a date, soonest first.

    Columns: asset_id, kind, platform, rights_holder, rights_expire_at, days_left, posts,
    state (expired, soon, valid). Soon: within the expiry days of workbook.toml.
    """
    columns = ["asset_id", "kind", "platform", "rights_holder", "rights_expire_at", "days_left",
               "posts", "state"]  # fmt: skip
    table = visual_rows.assets(book).dropna(subset=["rights_expire_at"])
    if table.empty:
        return pd.DataFrame(columns=columns)
    end = pd.Timestamp(book.period.end)
    soon = int(book.settings.thresholds["expiry_days"])
    table["rights_holder"] = table["rights_holder"].fillna("–")
    table["days_left"] = (table["rights_expire_at"] - end).dt.days.astype("int64")
    table["posts"] = [len(visual_rows.words(v)) for v in table["used_by"]]
    table["state"] = np.select(
        [table["days_left"] < 0, table["days_left"] <= soon], ["expired", "soon"], "valid"
    )
    for row in table[table["days_left"] <= soon].itertuples():
        book.find("4.2.1", "high" if row.days_left < 0 else "medium", f"4.2.1.{row.state}",
                  subject=row.asset_id, figure=float(row.days_left), unit="days",
                  holder=row.rights_holder, expires=row.rights_expire_at.date(),
                  posts=row.posts)  # fmt: skip
    return table.sort_values("days_left", ignore_index=True)[columns]
