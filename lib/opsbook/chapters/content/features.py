"""2.1.2: what titles, bodies and calls to interact are worth on this brand's own history."""

import numpy as np
import pandas as pd

from opsbook.chapters.content import rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, experiments, limits
from opsbook.methods.post_features import FLAGS


def features(book):
    """Interactions of posts with and without each feature, the other features held equal.

    Columns: feature, n_with, n (posts), relative (with against without), low, high, p_value,
    p_adjusted (Holm over the features).
    """
    frame = rows.settled(book)
    flags = [f for f in FLAGS if len(frame) and 0.02 < frame[f].mean() < 0.98]
    out = []
    for flag in flags:
        controls = [*rows.CONTROLS, *(f for f in flags if f != flag)]
        table = adjusted.means(frame, "value", flag, controls=controls, cluster="week").set_index(
            flag
        )
        if True not in table.index or not table.loc[True, "enough"]:
            continue
        row = table.loc[True]
        # two levels stand symmetric about their average: with against without is twice as far
        shift = np.expm1(2 * np.log1p(row[["relative", "low", "high"]].astype(float)))
        out.append((flag, int(row["n"]), len(frame), *shift, row["p_value"]))
    columns = ["feature", "n_with", "n", "relative", "low", "high", "p_value"]
    table = pd.DataFrame(out, columns=columns)
    if table.empty:
        return table
    table["p_adjusted"] = np.asarray(experiments.adjust(table["p_value"]))
    for _, row in table[table["p_adjusted"] < 0.05].iterrows():
        kind = "2.1.2.helps" if row["relative"] > 0 else "2.1.2.hurts"
        book.find(
            "2.1.2",
            "low",
            kind,
            subject=book.translator.value(row["feature"]),
            figure=Estimate(
                row["relative"],
                row["low"],
                row["high"],
                int(row["n"]),
                adjusted.LOG_METHOD,
                unit="fraction",
            ),
            share=row["n_with"] / row["n"],
        )
    return table.sort_values("relative", ascending=False, ignore_index=True)


def title_length(book):
    """Interactions by length of the title against the platform's limit.

    Columns: platform, allowed (characters, as the platform counts), band (share of the limit),
    n, mean, relative, low, high, over_limit (posts above the limit).
    """
    frame = rows.settled(book)
    frame = frame[frame["post_title"].fillna("").str.len() > 0]
    parts = []
    for platform, part in frame.groupby("platform"):
        top = _title_limit(platform)
        length = part["title_chars"].astype(float)
        base = top or max(length.quantile(0.95), 1.0)
        band = pd.cut(
            length / base, [0, 0.33, 0.66, 1.0, np.inf], labels=["≤ 1/3", "≤ 2/3", "≤ 1", "> 1"]
        )
        part = part.assign(band=band.astype(str))
        table = adjusted.means(
            part, "value", "band", controls=["theme", "post_type", "daypart"], cluster="week"
        )
        table.insert(0, "platform", platform)
        table["allowed"] = top
        table["over_limit"] = int((length > base).sum()) if top else 0
        parts.append(table)
    if not parts:
        return pd.DataFrame(columns=["platform", "band"])
    return pd.concat(parts, ignore_index=True)


def body_structure(book):
    """Structure of the body against completion and interaction.

    Columns: structure (steps, paragraphs, long_body, short_body, none), posts, completion_rate (mean where
    exported) with its difference to the average (completion_gap, fraction points), interactions
    relative to the average structure with low, high, p_value.
    """
    frame = rows.settled(book)
    if frame.empty:
        return pd.DataFrame(columns=["structure"])
    # plain bodies are told apart by their length, against the account's median
    plain = frame["structure"] == "short"
    middle = frame["body_chars"].where(plain).groupby(frame["account"]).transform("median")
    frame.loc[plain, "structure"] = np.where(
        frame["body_chars"] > middle, "long_body", "short_body"
    )[plain]
    table = adjusted.means(
        frame, "value", "structure", controls=["account", "theme", "daypart"], cluster="week"
    )
    done = frame.dropna(subset=["completion_rate"])
    if len(done) and done["structure"].nunique() > 1:
        ends = adjusted.means(
            done, "completion_rate", "structure", controls=["account", "theme"], cluster="week"
        )
        ends = ends.rename(
            columns={
                "mean": "completion_rate",
                "relative": "completion_relative",
                "low": "completion_low",
                "high": "completion_high",
            }
        )
        keep = [
            "structure",
            "completion_rate",
            "completion_relative",
            "completion_low",
            "completion_high",
        ]
        table = table.merge(ends[keep], on="structure", how="left")
    return table.rename(columns={"mean": "median_interactions"})


def _title_limit(platform):
    if platform not in limits.platforms():
        return None
    tops = [r.high for r in limits.rules_of(platform) if r.check == "title_length" and r.high]
    return float(tops[0]) if tops else None
