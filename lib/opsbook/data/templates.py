"""The xlsx of a form: one sheet to fill in, one that explains every column with an example."""

from pathlib import Path
from zoneinfo import ZoneInfo

from opsbook import config
from opsbook.data import forms
from opsbook.data.schema import table as table_of
from opsbook.errors import ParameterError

ROWS = 1000  # rows below the header that carry the checks
WORDS = {
    "sheet": {"en": "Columns", "zh-Hant": "欄位說明", "zh-Hans": "栏位说明"},
    "column": {"en": "Column", "zh-Hant": "欄位", "zh-Hans": "栏位"},
    "name": {"en": "Name", "zh-Hant": "名稱", "zh-Hans": "名称"},
    "meaning": {"en": "Meaning", "zh-Hant": "含義", "zh-Hans": "含义"},
    "needed": {"en": "Needed", "zh-Hant": "必填", "zh-Hans": "必填"},
    "example": {"en": "Example", "zh-Hant": "示例", "zh-Hans": "示例"},
    "allowed": {"en": "Allowed", "zh-Hant": "可選值", "zh-Hans": "可选值"},
    "yes": {"en": "yes", "zh-Hant": "是", "zh-Hans": "是"},
    "no": {"en": "no", "zh-Hant": "否", "zh-Hans": "否"},
    "wrong": {
        "en": "This cell takes: {what}",
        "zh-Hant": "此格應填：{what}",
        "zh-Hans": "此格应填：{what}",
    },
}
KINDS = {
    "text": {"en": "text", "zh-Hant": "文字", "zh-Hans": "文字"},
    "json": {"en": "a list, such as [\"a\", \"b\"]", "zh-Hant": "列表，如 [\"a\", \"b\"]",
             "zh-Hans": "列表，如 [\"a\", \"b\"]"},
    "int": {"en": "a whole number", "zh-Hant": "整數", "zh-Hans": "整数"},
    "number": {"en": "a number", "zh-Hant": "數字", "zh-Hans": "数字"},
    "rate": {"en": "a share from 0 to 1", "zh-Hant": "0 到 1 的比率", "zh-Hans": "0 到 1 的比率"},
    "money": {"en": "an amount", "zh-Hant": "金額", "zh-Hans": "金额"},
    "bool": {"en": "yes or no", "zh-Hant": "是或否", "zh-Hans": "是或否"},
    "date": {"en": "a day, such as 2026-11-14", "zh-Hant": "日期，如 2026-11-14",
             "zh-Hans": "日期，如 2026-11-14"},
    "timestamp": {"en": "a time, such as 2026-11-14 09:30:00", "zh-Hant": "時間，如 2026-11-14 09:30:00",
                  "zh-Hans": "时间，如 2026-11-14 09:30:00"},
}  # fmt: skip
EXAMPLES = {
    "text": "A1", "json": '["a", "b"]', "int": 12, "number": 1.5, "rate": 0.25, "money": 99.5,
    "date": "2026-11-14", "timestamp": "2026-11-14 09:30:00",
}  # fmt: skip


def write_form(name, path, language="en", frame=None, zone=None):
    """See opsbook.data.forms.write."""
    import xlsxwriter

    if language not in config.LANGUAGES:
        raise ParameterError("language", f"is {language}.", known=config.LANGUAGES)
    table = table_of(name)
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone or _zone()
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Texts that start with = or look like links stay texts.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet(name[:31])
        about = book.add_worksheet(WORDS["sheet"][language])
        lists = book.add_worksheet("lists")
        lists.hide()
        styles = _styles(book)
        shown = forms.headers(name)
        for position, column in enumerate(table.columns.values()):
            needed = styles["needed" if column.required else "head"]
            sheet.write_string(0, position, shown[column.name][language], needed)
            sheet.set_column(position, position, 18, styles.get(column.type, styles["text"]))
            _check(sheet, lists, position, column, language)
            cells = [] if frame is None or column.name not in frame else frame[column.name]
            for row, value in enumerate(cells, start=1):
                _write(sheet, row, position, column, value, language, zone, styles)
        sheet.freeze_panes(1, 0)
        _explain(about, table, language, shown, styles)
    return path


def _zone():
    file = config.home() / "data" / "workbook.toml"
    return config.settings().time_zone if file.is_file() else ZoneInfo("UTC")


def _styles(book):
    return {
        "head": book.add_format({"bold": True, "bg_color": "#e6e6e6", "border": 1}),
        "needed": book.add_format({"bold": True, "bg_color": "#f3d9a4", "border": 1}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "timestamp": book.add_format({"num_format": "@"}),
        "int": book.add_format({"num_format": "0"}),
        "number": book.add_format({"num_format": "General"}),
        "rate": book.add_format({"num_format": "General"}),
        "money": book.add_format({"num_format": "0.00##"}),
    }


def _allowed(column, language):
    if column.type == "bool":
        return [WORDS["yes"][language], WORDS["no"][language]]
    return [forms.shown(column, value, language) for value in forms.choices(column)]


def _check(sheet, lists, position, column, language):
    """The drop-down or check of a column; lists lie on a hidden sheet, for they may be long."""
    what = KINDS[column.type][language]
    rule = {
        "error_title": column.name[:32],
        "error_message": WORDS["wrong"][language].format(what=what)[:255],
        "ignore_blank": True,
    }
    allowed = _allowed(column, language)
    if allowed:
        for row, value in enumerate(allowed):
            lists.write_string(row, position, value)
        letter = _letters(position)
        rule |= {"validate": "list", "source": f"=lists!${letter}$1:${letter}${len(allowed)}"}
        # Other words may be right too (a platform not yet known): warn, do not forbid.
        rule["error_type"] = "stop" if column.type == "bool" else "warning"
    elif column.type == "int":
        rule |= {"validate": "integer", "criteria": ">=", "value": -(10**12)}
    elif column.type in ("number", "money"):
        rule |= {"validate": "decimal", "criteria": ">=", "value": -(10**12)}
    elif column.type == "rate":
        rule |= {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
    elif column.type == "date":
        from datetime import date

        rule |= {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1)}
    else:
        return
    sheet.data_validation(1, position, ROWS, position, rule)


def _letters(index):
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _write(sheet, row, position, column, value, language, zone, styles):
    import pandas as pd

    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return
    kind = column.type
    if kind == "bool":
        text = WORDS["yes" if value else "no"][language]
        sheet.write_string(row, position, text)
    elif kind == "date":
        sheet.write_datetime(row, position, pd.Timestamp(value).to_pydatetime(), styles["date"])
    elif kind == "timestamp":
        moment = pd.Timestamp(value)
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        local = moment.tz_convert(zone)
        sheet.write_string(row, position, f"{local:%Y-%m-%d %H:%M:%S}", styles["text"])
    elif kind in ("int", "number", "rate", "money"):
        sheet.write_number(row, position, float(value), styles[kind])
    else:
        text = forms.shown(column, str(value), language) if kind == "text" else str(value)
        sheet.write_string(row, position, text, styles["text"])


def _explain(sheet, table, language, shown, styles):
    heads = [
        WORDS[w][language] for w in ("column", "name", "needed", "meaning", "allowed", "example")
    ]
    for position, text in enumerate(heads):
        sheet.write_string(0, position, text, styles["head"])
    for row, column in enumerate(table.columns.values(), start=1):
        allowed = _allowed(column, language)
        example = allowed[0] if allowed else EXAMPLES.get(column.type, "")
        cells = [
            shown[column.name][language],
            column.name,
            WORDS["yes"][language] if column.required else "",
            KINDS[column.type][language] if language != "en" else column.about,
            ", ".join(allowed),
            str(example),
        ]
        for position, text in enumerate(cells):
            sheet.write_string(row, position, text, styles["wrap"])
    for position, width in enumerate((24, 20, 8, 44, 44, 22)):
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
