"""Thumbnails on a page: an Altair chart of images, so that every report format carries them."""

import altair as alt

from opsbook.present import theme

_LINE = 26  # px for the name below a picture


def grid(book, frame, *, picture="picture", text="asset_id", note=None, columns=6, side=88):
    """Pictures in rows of `columns`, each named below; a failed one is named in the bad colour.

    frame: one row per picture. picture: column of data URIs. text: column written below. note:
    boolean column, True where something is wrong.
    """
    placed = frame.reset_index(drop=True)
    placed = placed.assign(
        column=placed.index % columns,
        row=placed.index // columns,
        words=[str(book.translator.alone(v)) for v in placed[text]],
        bad=placed[note].astype(bool) if note else False,
    )
    rows = int(placed["row"].max()) + 1
    # the name stands below its picture: half the picture and half a line further down
    placed["below"] = placed["row"] + (side / 2 + 8) / (side + _LINE)
    x = alt.X("column:O", axis=None)
    scale = alt.Scale(domain=[rows - 0.5 + 0.2, -0.5], nice=False, zero=False)
    base = alt.Chart(placed).encode(x=x)
    shown = base.mark_image(width=side, height=side).encode(
        y=alt.Y("row:Q", axis=None, scale=scale),
        url=f"{picture}:N",
        tooltip=alt.Tooltip("words:N", title=book.translator.label(text)),
    )
    colour = alt.Color(
        "bad:N",
        legend=None,
        scale=alt.Scale(domain=[False, True], range=[theme.INK, theme.BAD]),
    )
    words = base.mark_text(fontSize=9, limit=theme.WIDTH // columns - 6).encode(
        y=alt.Y("below:Q", axis=None, scale=scale), text="words:N", color=colour
    )
    return (shown + words).properties(
        width=theme.WIDTH, height=(rows + 0.2) * (side + _LINE), view=alt.ViewConfig(stroke=None)
    )
