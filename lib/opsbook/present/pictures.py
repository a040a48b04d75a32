"""Thumbnails on a page: an Altair chart of images, so that every report format carries them."""

import altair as alt

from opsbook.present import theme


def grid(book, frame, *, picture="picture", text="asset_id", note=None, columns=6, side=88):
    """Pictures in rows of `columns`, each named below; a failed one is named in the bad colour.

    frame: one row per picture. picture: column of data URIs. text: column written below. note:
    boolean column, True where something is wrong.
    """
    placed = frame.reset_index(drop=True)
    placed = placed.assign(
        column=placed.index % columns,
        row=placed.index // columns,
        words=[str(book.translator.value(v)) for v in placed[text]],
        bad=placed[note].astype(bool) if note else False,
    )
    rows = int(placed["row"].max()) + 1
    x = alt.X("column:O", axis=None)
    y = alt.Y("row:O", axis=None)
    base = alt.Chart(placed).encode(x=x, y=y)
    shown = base.mark_image(width=side, height=side, dy=-8).encode(
        url=f"{picture}:N", tooltip=alt.Tooltip("words:N", title=book.translator.label(text))
    )
    colour = alt.Color(
        "bad:N",
        legend=None,
        scale=alt.Scale(domain=[False, True], range=[theme.INK, theme.BAD]),
    )
    words = base.mark_text(dy=side / 2 + 2, fontSize=9, limit=theme.WIDTH // columns - 6).encode(
        text="words:N", color=colour
    )
    return (shown + words).properties(
        width=theme.WIDTH, height=rows * (side + 26), view=alt.ViewConfig(stroke=None)
    )
