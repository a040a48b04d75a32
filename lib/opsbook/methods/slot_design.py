"""Posts to arrays: log outcomes, slots, days and the columns that are held constant."""

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline

from opsbook.errors import BadValue, MissingColumns

KNOT_DAYS = 56


def local_times(posts, at):
    """The column's wall-clock times as naive timestamps; a zone-aware column keeps its own zone."""
    times = posts[at]
    if not pd.api.types.is_datetime64_any_dtype(times):
        if pd.api.types.is_numeric_dtype(times):
            raise BadValue(
                f"column {at} holds numbers, expected local timestamps.",
                where="posts",
                remedy="Convert it with pandas.to_datetime and the account's time zone.",
            )
        try:
            times = pd.to_datetime(times, format="ISO8601")
        except (ValueError, TypeError) as error:
            raise BadValue(
                f"column {at} holds values that are not timestamps: {error}.",
                where="posts",
                remedy="Convert it with pandas.to_datetime, one time zone per column.",
            ) from error
    return times.dt.tz_localize(None) if times.dt.tz is not None else times


def checked(posts, value, at, controls, by):
    """Complete rows of the columns in use, with `at` as naive local time and `value` as float."""
    needed = [value, at, *controls, *by]
    lacks = [name for name in needed if name not in posts.columns]
    if lacks:
        raise MissingColumns("posts", lacks, posts.columns, remedy="Name columns of the frame.")
    if not pd.api.types.is_numeric_dtype(posts[value]) or pd.api.types.is_bool_dtype(posts[value]):
        raise BadValue(
            f"column {value} is {posts[value].dtype}, expected numbers.",
            where="posts",
            remedy="Pass a count or a rate such as engagements or views.",
        )
    frame = pd.DataFrame(index=range(len(posts)))
    frame["_at"] = local_times(posts, at).to_numpy()
    frame["_value"] = posts[value].astype(float).to_numpy()
    for name in dict.fromkeys([*controls, *by]):
        frame[name] = posts[name].array
    finite = np.isfinite(frame["_value"].fillna(0))
    if (frame["_value"] < 0).any() or not finite.all():
        raise BadValue(
            f"column {value} holds a negative or infinite value, expected 0 or more.",
            where="posts",
            remedy="Effects are ratios: pass a count or a rate, not a net change.",
        )
    return frame.dropna(subset=["_at", "_value", *by]).reset_index(drop=True)


def log_outcome(values):
    """Log of the outcome; where zeros occur, half the smallest positive value is added first."""
    positive = values[values > 0]
    offset = positive.min() / 2 if len(positive) < len(values) and len(positive) else 0.0
    return np.log(values + offset)


def trend_columns(days):
    """Columns for slow account growth: a cubic B-spline with a knot per eight weeks.

    days: float days. Two observed weeks or less give no column; under eight a straight line. At
    most one column per 20 posts.
    """
    span = np.ptp(days)
    if span < 14:
        return np.empty((len(days), 0))
    x = (days - days.min()) / span
    inner = min(int(span // KNOT_DAYS), len(days) // 20 - 3)
    if inner < 1:
        return x[:, None]
    places = np.quantile(x, np.arange(1, inner + 1) / (inner + 1))
    places = np.unique(places[(places > 0) & (places < 1)])
    knots = np.concatenate([np.zeros(4), places, np.ones(4)])
    return BSpline.design_matrix(x, knots, 3).toarray()


def control_columns(frame, controls):
    """Numbers standardised, times as days, everything else as indicator columns.

    A missing number takes the mean and an indicator of its own; a missing category is a category.
    """
    columns = []
    for name in controls:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = (column - column.min()).dt.total_seconds() / 86400
        if pd.api.types.is_bool_dtype(column):
            column = column.astype(object)
        if pd.api.types.is_numeric_dtype(column):
            numbers = column.to_numpy(dtype=float, na_value=np.nan)
            absent = ~np.isfinite(numbers)
            if absent.any():
                columns.append(absent.astype(float))
                numbers = np.where(
                    absent, numbers[~absent].mean() if (~absent).any() else 0, numbers
                )
            columns.append(numbers)
        else:
            labels = column.astype(object).where(column.notna(), "(missing)").astype(str)
            kinds = labels.value_counts().index[1:]
            columns += [(labels == kind).to_numpy(dtype=float) for kind in kinds]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def independent(columns):
    """Intercept and the columns that add something to those before them, standardised.

    Gives the (n, p) design. A column repeated, constant or implied by others drops out.
    """
    n = len(columns)
    kept = [np.ones(n) / np.sqrt(n)]
    for column in columns.T:
        left = column - column.mean()
        size = np.linalg.norm(left)
        if size <= 1e-10 * max(np.linalg.norm(column), 1e-300):
            continue
        left = left / size
        for _ in range(2):
            for direction in kept:
                left = left - (direction @ left) * direction
        if np.linalg.norm(left) > 1e-6:
            kept.append(left / np.linalg.norm(left))
    return np.column_stack(kept)
