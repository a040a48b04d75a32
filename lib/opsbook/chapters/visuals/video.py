"""4.3.1: videos probed file by file, and where viewers leave them."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.visuals import rows as visual_rows
from opsbook.chapters.visuals.profile import _findings
from opsbook.estimate import Estimate

VIDEO = (
    "width_px", "height_px", "ratio", "duration_s", "fps", "bitrate_kbps", "loudness_lufs",
    "noise_floor_dbfs", "silence_share", "black_s", "frozen_s", "shake", "cuts_per_minute",
)  # fmt: skip


def videos(book):
    """Each video file against the platform's rule and the brand's bounds.

    One row per file: width_px, height_px, aspect_ratio, duration_s, fps, bitrate_kbps, loudness_lufs,
    noise_floor_dbfs, silence_share, black_s, frozen_s, shake (percent of the width),
    cuts_per_minute, checks, failed, is_ok.
    """
    table = visual_rows.wide(book, "video", VIDEO)
    _findings(book, "4.3.1", "video")
    return table.sort_values(["is_ok", "asset_id"], ignore_index=True)


def retention(book):
    """Retention curve per platform: share of viewers left at each twentieth of the length.

    One row per platform and position (0..1): retained_share (mean of its videos), low, high
    (t interval over videos), n (videos).
    """
    rows = _curves(book)
    columns = ["platform", "position", "retained_share", "low", "high", "n"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    out = []
    for (platform, position), part in rows.groupby(["platform", "position"]):
        n, middle = len(part), part["retained_share"].mean()
        half = np.nan
        if n > 1:
            half = stats.t.ppf(0.975, n - 1) * part["retained_share"].std() / np.sqrt(n)
        out.append((platform, position, middle, max(middle - half, 0.0) if n > 1 else np.nan,
                    min(middle + half, 1.0) if n > 1 else np.nan, n))  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def drops(book):
    """Where each exported video loses its viewers: one row per video, worst first.

    Columns: platform, post_title, duration_s, kept_3s, kept_half, kept_end, worst_second (start of
    the five seconds with the largest relative loss after the first three), worst_loss_share.
    """
    rows = book.frame("video_retention").dropna(subset=["retained_share"])
    columns = ["platform", "post_title", "duration_s", "kept_3s_share", "kept_half_share",
               "kept_end_share", "worst_second", "worst_loss_share", "n"]  # fmt: skip
    if rows.empty:
        return pd.DataFrame(columns=columns)
    posts = book.frame("posts", columns=["platform", "post_id", "post_title", "post_message"])
    named = posts["post_title"].fillna(posts["post_message"]).str[:40].fillna(posts["post_id"])
    titles = dict(zip(zip(posts["platform"], posts["post_id"], strict=True), named, strict=True))
    out = []
    for (platform, post), part in rows.groupby(["platform", "post_id"]):
        curve = part.sort_values("second").set_index("second")["retained_share"]
        seconds, values = curve.index.to_numpy(float), curve.to_numpy(float)
        length = seconds[-1]
        if length < 6:
            continue
        starts = np.arange(3, max(length - 5, 4))
        before, after = (np.interp(starts + k, seconds, values) for k in (0, 5))
        loss = 1 - after / np.where(before > 0, before, np.nan)
        worst = int(np.nanargmax(loss)) if np.isfinite(loss).any() else 0
        out.append((platform, titles.get((platform, post), post), length,
                    *np.interp([3, length / 2, length], seconds, values), starts[worst],
                    loss[worst], len(values)))  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values("kept_end_share", ignore_index=True)
    _weak_opening(book, table)
    return table


def _weak_opening(book, table):
    """A platform whose videos lose far more in the first three seconds than the others'."""
    groups = {p: part["kept_3s_share"].to_numpy() for p, part in table.groupby("platform")}
    for platform, values in groups.items():
        rest = [v for p, v in groups.items() if p != platform]
        if len(values) < 3 or not rest or sum(map(len, rest)) < 3:
            continue
        others = np.concatenate(rest)
        gap = values.mean() - others.mean()
        spread = np.sqrt(values.var(ddof=1) / len(values) + others.var(ddof=1) / len(others))
        low, high = gap - 2 * spread, gap + 2 * spread
        if high < 0:
            book.find("4.3.1", "medium", "4.3.1.opening",
                      subject=str(book.translator.value(platform)),
                      figure=Estimate(gap, low, high, len(values), "Welch", unit="fraction"),
                      kept=values.mean(), others=others.mean(), owner="content")  # fmt: skip


def _curves(book):
    """Every video's curve at twentieths of its length: platform, post_id, position, retained_share."""
    rows = book.frame("video_retention").dropna(subset=["retained_share"])
    grid = np.linspace(0, 1, 21)
    out = []
    for (platform, post), part in rows.groupby(["platform", "post_id"]):
        part = part.sort_values("second")
        seconds = part["second"].to_numpy(float)
        if len(seconds) < 5 or seconds[-1] <= 0:
            continue
        values = np.interp(grid * seconds[-1], seconds, part["retained_share"].to_numpy(float))
        out.extend((platform, post, p, v) for p, v in zip(grid, values, strict=True))
    return pd.DataFrame(out, columns=["platform", "post_id", "position", "retained_share"])
