"""The detail of one article (WeChat official account) as records: sections below one another.

Row 1 holds the title beside its label. A section is its name in a row, then rows of a label and a
figure; the trend is a table headed by 日期 and 传播渠道. The sheet becomes one record of the whole
article, with a column per "section/label", and one record per row of the trend.
"""

import unicodedata

from opsbook.data.sheet import HEAD, Sheet, text_columns

FIGURES = "数据概况"
TREND = ("日期", "传播渠道")


def read(name, rows, kind):
    """A Sheet of an article's detail, None where the rows are not built so."""
    if not any(FIGURES in cell for row in rows[:HEAD] for cell in row):
        return None
    plain = [[_plain(cell) for cell in row] for row in rows]
    title = plain[0][1] if len(plain[0]) > 1 else ""
    start = next((i for i, row in enumerate(plain) if FIGURES in row), None)
    if not title or not start:
        return None
    head = next((i for i, row in enumerate(plain) if set(TREND) <= set(row)), None)
    trend, end = [], len(rows)
    if head is not None:
        at = [plain[head].index(word) for word in TREND]
        end = head + 1
        while end < len(rows) and all(len(plain[end]) > i and plain[end][i] for i in at):
            trend.append(end)
            end += 1
    figures = _figures(plain, start, range(head, end) if head is not None else ())
    names = [] if head is None else [n for n in dict.fromkeys(plain[head]) if n]
    header = ["标题", *figures, *names]
    whole = [title, *figures.values(), *[""] * len(names)]
    records = [whole] + [
        [title, *[""] * len(figures), *(_cell(plain[i], plain[head].index(n)) for n in names)]
        for i in trend
    ]
    numbers = [1, *(i + 1 for i in trend)]

    def body(_):
        return text_columns(records, numbers, len(header), [])

    return Sheet(name, [header, *records[: HEAD - 1]], kind, "", "", (), body)


def _figures(plain, start, trend):
    """ "section/label" -> figure of every row of a label and a figure; the first of a name stands."""
    found, section = {}, ""
    for index, row in enumerate(plain[start:], start=start):
        filled = [cell for cell in row if cell]
        if index in trend or not filled:
            continue
        if len(filled) == 1:
            section = filled[0]
        elif section:
            found.setdefault(f"{section}/{filled[0]}", filled[1])
    return found


def _cell(row, index):
    return row[index] if index < len(row) else ""


def _plain(cell):
    return unicodedata.normalize("NFKC", cell).strip()
