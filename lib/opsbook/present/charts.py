"""Chart builders: a frame in, an Altair chart out, axes and values in the reader's language.

Every builder takes the book first, then the frame; columns are named, labels come from the
catalogue. Intervals are drawn wherever low and high are given. Widths suit a printed page and a
phone. Rows beyond what a chart can show are the caller's choice to cut.
"""

import altair as alt
import pandas as pd

from opsbook.present import theme

alt.data_transformers.disable_max_rows()


def interval(
    book, frame, *, x, y, low="low", high="high", rule=None, colour=None, fmt=None, sort=None
):
    """Points with bars of their interval, one row per y. `rule` marks a value such as no effect."""
    frame = _words(book, frame, [y] + ([colour] if colour else []))
    order = sort if sort is not None else list(dict.fromkeys(frame[y]))
    base = alt.Chart(frame).encode(y=alt.Y(f"{y}:N", sort=order, title=None))
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    axis = alt.Axis(format=fmt) if fmt else alt.Axis()
    bars = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X(f"{low}:Q", title=book.translator.label(x), axis=axis, scale=alt.Scale(zero=False)),
        x2=f"{high}:Q",
        color=shade,
    )
    points = base.mark_circle(size=70, opacity=1).encode(
        x=alt.X(f"{x}:Q", axis=axis),
        color=shade,
        tooltip=_tips(book, frame, [y, x, low, high, "n"], fmt),
    )
    layers = [bars, points]
    if rule is not None:
        line = alt.Chart(pd.DataFrame({"x": [rule]})).mark_rule(
            color=theme.NEUTRAL, strokeDash=[4, 3]
        )
        layers.insert(0, line.encode(x="x:Q"))
    return alt.layer(*layers).properties(width=theme.WIDTH, height=_tall(len(order)))


def bars(book, frame, *, x, y, colour=None, fmt=None, sort=None, stack=True):
    """Horizontal bars, one per y; stacked by colour where one is given."""
    frame = _words(book, frame, [y] + ([colour] if colour else []))
    order = sort if sort is not None else list(dict.fromkeys(frame[y]))
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X(
                f"{x}:Q",
                title=book.translator.label(x),
                stack="zero" if stack else None,
                axis=alt.Axis(format=fmt) if fmt else alt.Axis(),
            ),
            y=alt.Y(f"{y}:N", sort=order, title=None),
            color=shade,
            tooltip=_tips(book, frame, [y, colour, x, "n"], fmt),
        )
        .properties(width=theme.WIDTH, height=_tall(len(order)))
    )


def line(book, frame, *, x, y, colour=None, low=None, high=None, fmt=None, events=None, zero=False):
    """Lines over time with a band where low and high are given.

    events: frame with columns date and name, drawn as marked rules.
    """
    frame = _words(book, frame, [colour] if colour else [])
    base = alt.Chart(frame)
    is_time = pd.api.types.is_datetime64_any_dtype(frame[x])
    across = alt.X(
        f"{x}:{'T' if is_time else 'Q'}",
        title=None if is_time else book.translator.label(x),
        axis=alt.Axis(labelOverlap=True, format="%Y-%m-%d", labelAngle=0, tickCount=6)
        if is_time
        else alt.Axis(),
    )
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    axis = alt.Axis(format=fmt) if fmt else alt.Axis()
    up = alt.Y(
        f"{y}:Q", title=book.translator.label(y), axis=axis, scale=alt.Scale(zero=zero, nice=True)
    )
    layers = []
    if low and high:
        layers.append(
            base.mark_area(opacity=0.18).encode(x=across, y=f"{low}:Q", y2=f"{high}:Q", color=shade)
        )
    layers.append(
        base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14, filled=True)).encode(
            x=across, y=up, color=shade, tooltip=_tips(book, frame, [x, colour, y, low, high], fmt)
        )
    )
    if events is not None and len(events):
        marks = alt.Chart(events)
        layers.append(
            marks.mark_rule(color=theme.BAD, strokeDash=[4, 3]).encode(x="date:T", tooltip="name:N")
        )
        # names of events that follow closely stand in three rows
        ordered = events.sort_values("date", kind="stable").reset_index(drop=True)
        for row in range(min(3, len(ordered))):
            layers.append(
                alt.Chart(ordered.iloc[row::3])
                .mark_text(align="left", dx=4, dy=-4, baseline="top", fontSize=10, color=theme.BAD)
                .encode(x="date:T", y=alt.value(13 * row), text="name:N")
            )
    return alt.layer(*layers).properties(width=theme.WIDTH, height=theme.HEIGHT)


def heatmap(
    book,
    frame,
    *,
    x,
    y,
    value,
    fmt=None,
    diverging=True,
    facet=None,
    sort_x=None,
    sort_y=None,
    text=None,
):
    """Cells coloured by value. Diverging scales are centred on 0 (blue above, orange below)."""
    frame = _words(book, frame, [c for c in (x, y, facet) if c])
    frame = frame.dropna(subset=[value])
    top = float(frame[value].abs().quantile(0.98)) if len(frame) else 1.0
    scale = (
        alt.Scale(range=["#b35806", "#f7f7f7", "#2166ac"], domain=[-top, 0, top], clamp=True)
        if diverging
        else alt.Scale(range=["#eef3f8", theme.brand_colour(book.settings)])
    )
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:O",
            title=book.translator.label(x),
            sort=sort_x,
            axis=alt.Axis(
                labelAngle=0 if _fits(frame[x]) else -40, labelExpr="split(datum.label, '\\n')"
            ),
        ),
        y=alt.Y(f"{y}:O", title=book.translator.label(y), sort=sort_y),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            f"{value}:Q",
            scale=scale,
            title=book.translator.label(value),
            legend=alt.Legend(format=fmt) if fmt else alt.Legend(),
        ),
        tooltip=_tips(book, frame, [facet, y, x, value, "low", "high", "n"], fmt),
    )
    drawn = cells
    if text:
        low, high = frame[value].min(), frame[value].max()
        dark = f"datum['{value}'] > {(low + high) / 2}" if high > low and not diverging else "false"
        drawn = cells + base.mark_text(fontSize=10).encode(
            color=alt.when(dark).then(alt.value("white")).otherwise(alt.value(theme.INK)),
            text=alt.Text(f"{text}:Q", format=fmt) if fmt else alt.Text(f"{text}:N"),
        )
    rows = frame[y].nunique() if len(frame) else 1
    if facet:
        wide = (theme.WIDTH - 60) // 2
        return drawn.properties(width=wide, height=max(rows * 20, 80)).facet(
            facet=alt.Facet(f"{facet}:N", title=None), columns=2
        )
    return drawn.properties(width=theme.WIDTH, height=max(rows * 24, 80))


def scatter(book, frame, *, x, y, colour=None, size=None, text=None, fmt_x=None, fmt_y=None):
    """Points; `text` names them."""
    frame = _words(book, frame, [c for c in (colour, text) if c])
    is_time = pd.api.types.is_datetime64_any_dtype(frame[x])
    fmt_x = fmt_x or ("%m-%d" if is_time else None)
    encode = {
        "x": alt.X(
            f"{x}:{'T' if is_time else 'Q'}",
            title=book.translator.label(x),
            scale=alt.Scale(padding=18) if is_time else alt.Scale(zero=False, padding=18),
            axis=alt.Axis(format=fmt_x, labelOverlap=True) if fmt_x else alt.Axis(),
        ),
        "y": alt.Y(
            f"{y}:Q",
            title=book.translator.label(y),
            scale=alt.Scale(zero=False, padding=18),
            axis=alt.Axis(format=fmt_y) if fmt_y else alt.Axis(),
        ),
    }
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    marks = alt.Chart(frame).mark_circle(opacity=0.75, size=70)
    marks = marks.encode(
        **encode, color=shade, tooltip=_tips(book, frame, [text, x, y, colour, size])
    )
    if size:
        marks = marks.encode(size=alt.Size(f"{size}:Q", title=book.translator.label(size)))
    layers = [marks]
    if text:
        lift = _lifts_of_names(frame, x, y, text)
        for k in sorted(lift.unique()):
            layers.append(
                alt.Chart(frame[lift == k])
                .mark_text(dy=-int(k), fontSize=10, color=theme.INK)
                .encode(**encode, text=f"{text}:N")
            )
    return alt.layer(*layers).properties(width=theme.WIDTH, height=theme.HEIGHT)


def funnel(book, frame, *, step, value, fmt=",.0f"):
    """Steps of a funnel from the top, each with its share of the step before."""
    frame = _words(book, frame, [step])
    before = frame[value].shift(1)
    share = frame[value] / before.where(before != 0)
    frame = frame.assign(
        _text=[
            f"{book.translator.integer(v)}"
            + (f"  ({book.translator.percent(s)})" if s == s else "")
            for v, s in zip(frame[value], share, strict=True)
        ]
    )
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{step}:N", sort=list(frame[step]), title=None),
        x=alt.X(f"{value}:Q", stack="center", axis=None),
    )
    block = base.mark_bar(color=theme.brand_colour(book.settings), opacity=0.85).encode(
        tooltip=_tips(book, frame, [step, value], fmt)
    )
    words = (
        alt.Chart(frame)
        .mark_text(color=theme.INK, align="left", dx=6)
        .encode(
            y=alt.Y(f"{step}:N", sort=list(frame[step]), title=None),
            x=alt.value(theme.WIDTH),
            text="_text:N",
        )
    )
    return (block + words).properties(width=theme.WIDTH, height=max(44 * len(frame), 90))


def triangle(book, frame, *, cohort="cohort", age="age", rate="rate"):
    """Cohort triangle: share of each cohort still there at each age."""
    frame = frame.assign(_text=frame[rate])
    return heatmap(
        book, frame, x=age, y=cohort, value=rate, fmt=".0%", diverging=False, text="_text"
    )


def gantt(book, frame, *, start, end, y, colour=None, today=None):
    """Bars from start to end, one row per item."""
    frame = _words(book, frame, [y] + ([colour] if colour else []))
    # a line of one day is drawn to the end of that day
    frame = frame.assign(
        **{end: pd.to_datetime(frame[end].fillna(frame[start])) + pd.Timedelta(days=1)}
    )
    order = list(dict.fromkeys(frame.sort_values(start)[y]))
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X(f"{start}:T", title=None, axis=alt.Axis(format="%m-%d", labelOverlap=True)),
            x2=f"{end}:T",
            y=alt.Y(f"{y}:N", sort=order, title=None),
            color=shade,
            tooltip=_tips(book, frame, [y, start, end, colour]),
        )
    )
    if today is not None:
        now = alt.Chart(pd.DataFrame({"x": [pd.Timestamp(today)]})).mark_rule(color=theme.BAD)
        chart = chart + now.encode(x="x:T")
    return chart.properties(width=theme.WIDTH, height=_tall(len(order)))


def risk_matrix(book, frame, *, likelihood, impact, text):
    """Five by five matrix, cells shaded by likelihood x impact, risks named in their cell."""
    grid = pd.DataFrame(
        [(i, j, i * j) for i in range(1, 6) for j in range(1, 6)],
        columns=[likelihood, impact, "score"],
    )
    frame = _words(book, frame, [text])
    cells = frame.groupby([likelihood, impact], as_index=False).agg(
        names=(text, lambda s: " / ".join(map(str, s)))
    )
    x = alt.X(
        f"{likelihood}:O", title=book.translator.label(likelihood), axis=alt.Axis(labelAngle=0)
    )
    y = alt.Y(f"{impact}:O", title=book.translator.label(impact), sort="descending")
    back = (
        alt.Chart(grid)
        .mark_rect(stroke="white", strokeWidth=2)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "score:Q", scale=alt.Scale(range=["#edf7f2", "#fbe3c0", "#e8855a"]), legend=None
            ),
        )
    )
    words = (
        alt.Chart(cells)
        .mark_text(fontSize=11, color=theme.INK, limit=theme.WIDTH // 5 - 8)
        .encode(x=x, y=y, text="names:N", tooltip=["names:N"])
    )
    return (back + words).properties(width=theme.WIDTH, height=300)


def curves(book, frame, points=None, *, x, y, colour, low="low", high="high"):
    """Response curves with bands, one panel per colour value.

    points: frame with the columns colour, x, y and kind (present, proposed).
    """
    frame = _words(book, frame, [colour])
    labels = frame[colour].unique()
    panels = []
    for name in labels:
        part = frame[frame[colour] == name]
        base = alt.Chart(part).encode(x=alt.X(f"{x}:Q", title=book.translator.label(x)))
        layers = [
            base.mark_area(opacity=0.18, color=theme.brand_colour(book.settings)).encode(
                y=alt.Y(f"{low}:Q", title=book.translator.label(y)), y2=f"{high}:Q"
            ),
            base.mark_line(color=theme.brand_colour(book.settings)).encode(
                y=f"{y}:Q", tooltip=_tips(book, part, [x, y, low, high])
            ),
        ]
        if points is not None:
            shown = _words(book, points, [colour, "kind"])
            shown = shown[shown[colour] == name]
            layers.append(
                alt.Chart(shown)
                .mark_point(size=90, filled=True)
                .encode(
                    x=f"{x}:Q",
                    y=f"{y}:Q",
                    shape=alt.Shape("kind:N", title=None),
                    color=alt.Color(
                        "kind:N", title=None, scale=alt.Scale(range=[theme.INK, theme.BAD])
                    ),
                )
            )
        panels.append(alt.layer(*layers).properties(width=270, height=180, title=str(name)))
    return alt.concat(*panels, columns=2)


def waterfall(book, frame, *, step, change, start, end):
    """From a start value to an end value over signed changes. start, end: numbers."""
    frame = _words(book, frame, [step])
    rows, level = [(book.translator.label("previous"), 0.0, start, "total")], start
    for name, delta in zip(frame[step], frame[change], strict=True):
        rows.append((str(name), level, level + delta, "better" if delta >= 0 else "worse"))
        level += delta
    rows.append((book.translator.label("period"), 0.0, end, "total"))
    data = pd.DataFrame(rows, columns=["step", "from", "to", "kind"])
    data["text"] = [
        book.translator.write(t - f, "s") if k != "total" else book.translator.write(t, "d")
        for f, t, k in zip(data["from"], data["to"], data["kind"], strict=True)
    ]
    base = alt.Chart(data).encode(
        x=alt.X("step:N", sort=list(data["step"]), title=None, axis=alt.Axis(labelAngle=-30))
    )
    colour = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(
            domain=["total", "better", "worse"],
            range=[theme.NEUTRAL, theme.GOOD, theme.BAD],
        ),
    )
    blocks = base.mark_bar().encode(
        y=alt.Y("from:Q", title=book.translator.label("value")), y2="to:Q", color=colour
    )
    words = base.mark_text(dy=-7, fontSize=10).encode(y="to:Q", text="text:N")
    return (blocks + words).properties(width=theme.WIDTH, height=theme.HEIGHT)


def steps(book, frame, *, x, y, colour=None, low=None, high=None, fmt=".0%"):
    """A step curve such as survival, with its band."""
    frame = _words(book, frame, [colour] if colour else [])
    shade = (
        alt.Color(f"{colour}:N", title=book.translator.label(colour))
        if colour
        else alt.value(theme.brand_colour(book.settings))
    )
    base = alt.Chart(frame).encode(x=alt.X(f"{x}:Q", title=book.translator.label(x)), color=shade)
    layers = []
    if low and high:
        layers.append(
            base.mark_area(opacity=0.18, interpolate="step-after").encode(
                y=alt.Y(f"{low}:Q", axis=alt.Axis(format=fmt)), y2=f"{high}:Q"
            )
        )
    layers.append(
        base.mark_line(interpolate="step-after").encode(
            y=alt.Y(f"{y}:Q", title=book.translator.label(y), axis=alt.Axis(format=fmt)),
            tooltip=_tips(book, frame, [x, y, low, high, "at_risk"], fmt),
        )
    )
    return alt.layer(*layers).properties(width=theme.WIDTH, height=theme.HEIGHT)


def tree(book, nodes, *, node="node", parent="parent", depth="depth", size="descendants", top=60):
    """A repost cascade: depth from left to right, the widest spreaders drawn large."""
    shown = nodes.sort_values([depth, size], ascending=[True, False]).head(top).copy()
    shown["row"] = (
        shown.groupby(depth).cumcount() - shown.groupby(depth)[node].transform("size") / 2
    )
    place = shown.set_index(node)[[depth, "row"]]
    links = shown[shown[parent].isin(place.index)].copy()
    links["x2"] = links[parent].map(place[depth])
    links["y2"] = links[parent].map(place["row"])
    x = alt.X(f"{depth}:Q", title=book.translator.label(depth), axis=alt.Axis(tickMinStep=1))
    y = alt.Y("row:Q", axis=None)
    edges = (
        alt.Chart(links)
        .mark_rule(color=theme.RULE, strokeWidth=1.2)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    )
    dots = (
        alt.Chart(shown)
        .mark_circle(opacity=0.9, color=theme.brand_colour(book.settings))
        .encode(
            x=x,
            y=y,
            size=alt.Size(f"{size}:Q", title=book.translator.label(size)),
            tooltip=_tips(book, shown, [node, depth, size, "share"]),
        )
    )
    return (edges + dots).properties(width=theme.WIDTH, height=320)


def _words(book, frame, columns):
    """The frame with the values of closed lists in the reader's language."""
    words = {}
    for column in columns:
        values = frame[column]
        if column == "weekday":
            words[column] = [book.t(f"weekday.{int(v)}") for v in values]
        elif values.dtype == object or isinstance(values.dtype, pd.StringDtype):
            words[column] = [book.translator.alone(v) for v in values]
        elif pd.api.types.is_bool_dtype(values):
            words[column] = [book.translator.alone(str(v)) for v in values]
    return frame.assign(**words)


def _tips(book, frame, columns, fmt=None):
    """Tooltips for those of the columns that the frame has."""
    tips = []
    for column in dict.fromkeys(c for c in columns if c and c in frame.columns):
        title = book.translator.label(column)
        if pd.api.types.is_datetime64_any_dtype(frame[column]):
            tips.append(alt.Tooltip(f"{column}:T", title=title, format="%Y-%m-%d"))
        elif pd.api.types.is_bool_dtype(frame[column]) or not pd.api.types.is_numeric_dtype(
            frame[column]
        ):
            tips.append(alt.Tooltip(f"{column}:N", title=title))
        elif column == "n" or pd.api.types.is_integer_dtype(frame[column]):
            tips.append(alt.Tooltip(f"{column}:Q", title=title, format=",.0f"))
        else:
            tips.append(alt.Tooltip(f"{column}:Q", title=title, format=fmt or ",.3~g"))
    return tips


def _wide(label):
    """Width of a text in pixels at size 10; a Chinese letter is two wide."""
    return 5.5 * sum(1 + (ord(c) > 0x2E7F) for c in str(label))


def _lifts_of_names(frame, x, y, text):
    """How far (px) each name stands above its point (negative: below), off other names and points."""

    def pixels(values, length):
        reach = values.max() - values.min()
        return (values - values.min()) / reach * length if reach else values.map(lambda v: 0.0)

    across, up = pixels(frame[x], theme.WIDTH), pixels(frame[y], theme.HEIGHT)
    points = [(m, h, 5, 9) for m, h in zip(across, up, strict=True)]
    names, lifts = [], []
    for middle, height, half in zip(across, up, frame[text].map(_wide) / 2, strict=True):

        def is_free(lift, middle=middle, height=height, half=half):
            return not any(
                abs(middle - m) < half + w and abs(height + lift - top) < tall
                for m, top, w, tall in (*points, *names)
            )

        lift = next(filter(is_free, (10, -12, *range(21, 11 * len(frame) + 22, 11))), 10)
        names.append((middle, height + lift, half, 11))
        lifts.append(lift)
    return pd.Series(lifts, index=frame.index)


def _fits(labels):
    """Whether labels side by side fit under the axis."""
    lines = [part for label in labels.astype(str).unique() for part in label.split("\n")]
    return (max(map(_wide, lines), default=0) + 8) * labels.nunique() < theme.WIDTH


def _tall(rows):
    return max(26 * rows, 70)
