"""The week on one page: computed headline figures and the top findings, short enough for a chat card.

The same page as text, markdown and HTML, in the reader's language, readable without a link.
"""

from dataclasses import dataclass
from html import escape

import pandas as pd

TOP = 5
CARD_BYTES = 2000  # WeCom's text messages end at 2,048 bytes
_CARD = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞", "`": "'", "*": "＊", "_": "＿", "|": "｜"})  # fmt: skip


@dataclass(frozen=True)
class OnePager:
    """title; headlines: (name, value, change, verdict) as written; findings: (severity, what,
    action, whose and when) as written, worst first; more: per number of findings shown, the words
    for the others; foot."""

    title: str
    headlines: tuple
    findings: tuple
    more: tuple
    foot: str
    heads: tuple  # headings of the two parts
    language: str

    def text(self, limit=CARD_BYTES):
        """Plain text of at most `limit` bytes of UTF-8; findings give way from the last."""
        for count in range(len(self.findings), -1, -1):
            page = self._text(count)
            if len(page.encode()) <= limit or count == 0:
                return page
        return page

    def _text(self, count):
        lines = [self.title, ""]
        lines += [_line(*head) for head in self.headlines]
        if count:
            lines += ["", self.heads[1]]
            lines += [f"{n}. {_finding(*f)}" for n, f in enumerate(self.findings[:count], 1)]
        if self.more[count]:
            lines += ["", self.more[count]]
        return "\n".join([*lines, "", self.foot])

    def markdown(self):
        """Markdown of the small kind that chat cards show; nothing in it becomes a link."""
        lines = [f"### {_card(self.title)}", ""]
        lines += [f"- {_card(_line(*head))}" for head in self.headlines]
        if self.findings:
            lines += ["", f"**{_card(self.heads[1])}**", ""]
            lines += [f"{n}. {_card(_finding(*f))}" for n, f in enumerate(self.findings, 1)]
        if self.more[-1]:
            lines += ["", _card(self.more[-1])]
        return "\n".join([*lines, "", _card(self.foot)])

    def html(self):
        """A whole HTML page that fetches nothing; every text is escaped."""
        head = "".join(
            "<tr><th scope='row' style='text-align:left;padding:2px 12px 2px 0'>"
            f"{escape(name)}</th><td style='text-align:right'><b>{escape(value)}</b></td>"
            f"<td style='padding-left:12px'>{escape(change)} {escape(verdict)}</td></tr>"
            for name, value, change, verdict in self.headlines
        )
        found = "".join(
            f"<li><b>{escape(severity)}</b> {escape(what)}<br>{escape(action)} "
            f"<i>{escape(whose)}</i></li>"
            for severity, what, action, whose in self.findings
        )
        return (
            f"<!doctype html><html lang='{self.language}'><head><meta charset='utf-8'>"
            f"<title>{escape(self.title)}</title></head>"
            "<body style='font-family:sans-serif;max-width:42em;line-height:1.45'>"
            f"<h1 style='font-size:1.3em'>{escape(self.title)}</h1>"
            f"<h2 style='font-size:1.1em'>{escape(self.heads[0])}</h2><table>{head}</table>"
            f"<h2 style='font-size:1.1em'>{escape(self.heads[1])}</h2><ol>{found}</ol>"
            f"<p>{escape(self.more[-1])}</p><p><small>{escape(self.foot)}</small></p></body></html>\n"
        )


def build(material, *, top=TOP):
    """The OnePager of a Material; headlines are computed from the store at the material's version."""
    import opsbook
    from opsbook.chapters.indicators import headlines, shown

    book = opsbook.open_chapter(
        7,
        period=material.period,
        language=material.language,
        data_version=material.version,
        home=material.settings.home,
    )
    t = material.t
    table = headlines(book)
    words = shown(book, table)
    heads = []
    for i in range(len(table)):
        row = table.iloc[i]
        change = row["previous_change"]
        told = pd.notna(change)
        heads.append(
            (
                words["indicator"].iloc[i],
                words["value"].iloc[i],
                t("onepager.change", change=float(change)) if told else "",
                str(material.translator.value(row["verdict"])) if told else "",
            )
        )
    todo = [f for f in material.findings if f["severity"] != "info"]
    found = [
        (
            str(material.translator.value(f["severity"])),
            f["what"],
            f["action"],
            t("onepager.whose", owner=f["owner"], due=f["due"]),
        )
        for f in todo[:top]
    ]
    rest = [len(todo) - shown_ for shown_ in range(len(found) + 1)]
    return OnePager(
        title=t("onepager.title", brand=material.brand, period=material.period),
        headlines=tuple(heads),
        findings=tuple(found),
        more=tuple(t("onepager.more", n=n) if n else "" for n in rest),
        foot=t(
            "onepager.foot",
            version=material.version,
            at=material.as_of.to_pydatetime(),
        ),
        heads=(t("onepager.headlines"), t("onepager.findings")),
        language=material.language,
    )


def files(material, output):
    """Write onepager.txt, .md and .html; their paths."""
    page = build(material)
    paths = []
    for suffix, content in (
        ("txt", page.text() + "\n"),
        ("md", page.markdown() + "\n"),
        ("html", page.html()),
    ):
        path = output / f"onepager.{suffix}"
        aside = output / f".onepager.{suffix}.part"
        aside.write_text(content, encoding="utf-8")
        aside.replace(path)
        paths.append(path)
    return paths


def _line(name, value, change, verdict):
    moved = f" ({change}, {verdict})" if verdict else f" ({change})" if change else ""
    return f"{name}: {value}{moved}"


def _finding(severity, what, action, whose):
    return f"[{severity}] {what} {action} {whose}"


def _card(text):
    """A text in which no chat card finds a link or a mark-up."""
    return " ".join(text.split()).translate(_CARD)
