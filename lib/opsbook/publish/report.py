"""A report out of chapters: one order and one set of words for every format.

Order: cover, contents, computed summary, body, conclusions and recommendations, appendix
(definitions, data tables, methods).
"""

import unicodedata
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from opsbook.data import indicators
from opsbook.present.language import Translator
from opsbook.publish.document import Chart, Table

BODY_ROWS = 12
APPENDIX_ROWS = 60
# A report of all chapters is read by people with little time: the chapters' own have the rest.
COMBINED_ROWS = 20
COMBINED_FINDINGS = 40
SEVERITIES = ("critical", "high", "medium", "low", "info")
WRITERS = {
    "html": "opsbook.publish.report_html",
    "pdf": "opsbook.publish.report_pdf",
    "docx": "opsbook.publish.report_docx",
    "xlsx": "opsbook.publish.report_xlsx",
}
DEFAULT_COLOURS = ("#1f6f5c", "#c8963e", "#7a3b2e")


@dataclass(frozen=True)
class Report:
    """Everything a format's writer lays out.

    labels: dict of anchor -> "Figure 6-1" or "Table 6-2". appendix: tables with more rows than
    the body shows. definitions: (name, formula, unit) of indicators in its tables. facts: (label,
    value) pairs of the cover.
    """

    title: str
    kind: str
    brand: str
    colours: tuple
    language: str
    words: Translator
    facts: list
    chapters: list
    summary: list
    findings: list
    labels: dict
    appendix: list
    definitions: list
    methods: list
    context: dict

    def t(self, name, **values):
        """A word of the report's furniture."""
        return self.words.text(f"report.{name}", **values)

    @property
    def is_bound(self):
        """Whether several chapters are bound together."""
        return len(self.chapters) > 1


def write(chapters, formats, folder, name, context):
    """Write a report of chapters (Documents) in formats; dict of format -> file name."""
    report = build(chapters, context)
    files = {}
    for form in formats:
        target = Path(folder) / f"{name}.{form}"
        import_module(WRITERS[form]).write(report, target)
        files[form] = target.name
    return files


def build(chapters, context):
    """The Report of chapters. context: dict as made by a run (language, brand, period, ...)."""
    words = Translator(
        context["language"], currency=context["currency"], home_folder=context["home"]
    )
    period, version = context["period"], str(context["data_version"])
    facts = [
        (words.text("report.period"), period),
        (words.text("report.data_version"), version),
        (words.text("report.code"), context["code"]),
        (words.text("report.produced"), context["produced_at"]),
    ]
    title = chapters[0].title if len(chapters) == 1 else words.text("report.kind")
    findings = sorted(
        (f for c in chapters for f in c.findings),
        key=lambda f: (SEVERITIES.index(f["severity"]), f["chapter"], f["section"]),
    )
    methods = [
        words.text("report.methods.source", version=version, period=period),
        words.text("report.methods.intervals"),
        words.text("report.methods.preliminary"),
    ]
    return Report(
        title=title,
        kind=words.text("report.kind"),
        brand=context["brand"],
        colours=tuple(context["colours"][:3]) + DEFAULT_COLOURS[len(context["colours"][:3]) :],
        language=context["language"],
        words=words,
        facts=facts,
        chapters=chapters,
        summary=[
            {**s, "chapter": c, "anchor": _known(s["anchor"], c)}
            for c in chapters
            for s in c.summary
        ],
        findings=findings,
        labels=_labels(chapters, words),
        appendix=[t for c in chapters for t in c.tables if len(t.text) > BODY_ROWS],
        definitions=_definitions(chapters, words),
        methods=methods,
        context=context,
    )


def widths(table, *, most=34):
    """Relative widths of a table's columns by what stands in them; wide characters count double."""
    found = []
    for i, column in enumerate(table.columns):
        cells = [_measure(row[i]) for row in table.text[:60]]
        longest = max([min(max(cells, default=0), most), min(_measure(column["label"]), 14), 4])
        found.append(longest + 3)  # the space between columns
    return found


def parts(table, *, room=130, most=12):
    """Column numbers of a table in groups that fit a page, as even as can be.

    Each group begins with the columns that name the row: the first, and the second if it is text.
    """
    wide, count = widths(table), len(table.columns)
    names = [i for i in range(min(2, count)) if i == 0 or table.columns[i]["align"] == "left"]
    rest = [i for i in range(count) if i not in names]
    space = max(room - sum(wide[i] for i in names), 24)
    pages = max(-(-len(rest) // (most - len(names))), -(-sum(wide[i] for i in rest) // space), 1)
    each = -(-len(rest) // pages) or 1
    return [names + rest[i : i + each] for i in range(0, max(len(rest), 1), each)]


def appendix_rows(report):
    """How many rows of a table the appendix carries."""
    return COMBINED_ROWS if report.is_bound else APPENDIX_ROWS


def nothing_found(report):
    """What stands where a report has no finding: the index has none of its own and says where they are."""
    is_index = [c.number for c in report.chapters] == [0]
    return report.t("findings_elsewhere" if is_index else "no_findings")


def conclusions_lead(report):
    """How many findings there are, and how many of them are shown where the rest is left out."""
    total = len(report.findings)
    lead = report.t("conclusions_lead", count=total)
    if not report.is_bound or total <= COMBINED_FINDINGS:
        return lead
    return f"{lead} {report.t('rows_cut', shown=COMBINED_FINDINGS, total=total)}"


def finding_rows(report, *, every=False):
    """Findings as dicts of what a reader sees, worst first; a combined report has the worst ones."""
    cut = None if every or not report.is_bound else COMBINED_FINDINGS
    return [
        {
            "severity": f["severity"],
            "severity_text": f.get("severity_text") or f["severity"],
            "section": f["section"],
            "anchor": _known(
                f"c{f['chapter']}-s-{f['section'].replace('.', '-')}", *report.chapters
            ),
            "what": f["what"],
            "subject": str(report.words.value(f["subject"])),
            "figure": f.get("figure_text") or report.words.write(f["figure"]),
            "action": f["action"],
            "owner": str(f.get("owner_text") or f["owner"]),
            "due": f.get("due_text") or report.words.write(f["due"], "date"),
            "changes_if": f["changes_if"],
        }
        for f in report.findings[:cut]
    ]


def chapter_label(report, chapter):
    """ "Chapter 6", or the index's own word."""
    return report.t("chapter", number=chapter.number) if chapter.number else report.t("index")


def _known(anchor, *chapters):
    """The anchor, or that of its first heading above it, or "" where nothing carries it."""
    known = {getattr(b, "anchor", None) for c in chapters for b in c.blocks}
    while anchor and anchor not in known and "-" in anchor:
        anchor = anchor.rsplit("-", 1)[0]
    return anchor if anchor in known else ""


def _labels(chapters, words):
    labels = {}
    for chapter in chapters:
        counts = {Chart: 0, Table: 0}
        for block in chapter.blocks:
            if type(block) in counts and (type(block) is Chart or block.columns):
                counts[type(block)] += 1
                kind = "figure" if type(block) is Chart else "table"
                number = f"{chapter.number}-{counts[type(block)]}"
                labels[block.anchor] = words.text(f"report.{kind}", number=number)
    return labels


def _definitions(chapters, words):
    used = {c["name"] for chapter in chapters for t in chapter.tables for c in t.columns}
    used |= {
        name for chapter in chapters for chart in chapter.charts for name in chart.data_columns
    }
    found = []
    for key, indicator in indicators.registry().items():
        if key in used:
            name = indicator.name.get(words.language) or indicator.name["en"]
            unit = "%" if indicator.unit == "fraction" else str(words.unit(indicator.unit) or "")
            found.append((name, _formula(indicator, words), unit))
    return found


def _formula(indicator, words):
    def join(columns):
        return " + ".join(words.label(part.strip()) for part in str(columns).split("+"))

    values = {"what": join(indicator.numerator), "by": join(indicator.denominator)}
    formula = words.text(f"report.formula.{indicator.kind}", **values)
    return formula if indicator.factor == 1 else f"{formula} × {words.integer(indicator.factor)}"


def _measure(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(text))
