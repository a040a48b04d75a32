"""Markdown of notebooks as plain nodes, so that each report format writes it its own way.

Raw HTML in the source stays text, and a link lives only where its address is safe: what strangers
wrote can reach a cell, and nothing of it may run.

A block is {"t": "p" | "list" | "quote" | "code" | "heading" | "rule" | "table", ...}; inline nodes are
{"t": "text" | "code" | "strong" | "em" | "link" | "br", ...}.
"""

import re
from html import escape

import mistune

SAFE_LINK = re.compile(r"(https?://|mailto:|#)[^\s<>\"']*\Z", re.IGNORECASE)


def parse(markdown):
    """The blocks of a markdown text, as a list of nodes."""
    tokens = mistune.create_markdown(renderer=None, plugins=["table"])(markdown)
    return [node for token in tokens if (node := _block(token))]


def plain(nodes):
    """The text of inline nodes without its marks."""
    return "".join(
        n["v"] if "v" in n else " " if n["t"] == "br" else plain(n.get("c", [])) for n in nodes
    )


def to_html(nodes):
    """HTML of blocks or inline nodes; every text is escaped."""
    return "".join(_HTML[node["t"]](node) for node in nodes)


def _block(token):
    kind = token["type"]
    inside = token.get("children", [])
    if kind in ("paragraph", "block_text"):
        return {"t": "p", "c": _inline(inside)}
    if kind == "heading":
        return {"t": "heading", "level": token["attrs"]["level"], "c": _inline(inside)}
    if kind == "list":
        items = [[b for part in item["children"] if (b := _block(part))] for item in inside]
        return {"t": "list", "ordered": token["attrs"]["ordered"], "items": items}
    if kind == "block_quote":
        return {"t": "quote", "c": [b for part in inside if (b := _block(part))]}
    if kind == "block_code":
        return {"t": "code", "v": token["raw"].rstrip("\n"), "block": True}
    if kind == "block_html":
        return {"t": "p", "c": [{"t": "text", "v": token["raw"].strip()}]}
    if kind == "thematic_break":
        return {"t": "rule"}
    if kind == "table":
        head = [_inline(cell["children"]) for cell in inside[0]["children"]]
        body = inside[1]["children"] if len(inside) > 1 else []
        rows = [[_inline(cell["children"]) for cell in row["children"]] for row in body]
        return {"t": "table", "head": head, "rows": rows}
    return None


def _inline(tokens):
    nodes = []
    for token in tokens:
        kind = token["type"]
        if kind in ("text", "inline_html"):
            nodes.append({"t": "text", "v": token["raw"]})
        elif kind == "codespan":
            nodes.append({"t": "code", "v": token["raw"]})
        elif kind == "softbreak":
            nodes.append({"t": "text", "v": " "})
        elif kind == "linebreak":
            nodes.append({"t": "br"})
        elif kind in ("strong", "emphasis"):
            name = "strong" if kind == "strong" else "em"
            nodes.append({"t": name, "c": _inline(token["children"])})
        elif kind == "link" and SAFE_LINK.match(token["attrs"]["url"]):
            inside = _inline(token["children"])
            nodes.append({"t": "link", "href": token["attrs"]["url"], "c": inside})
        else:
            nodes += _inline(token.get("children", []))
    return _joined(nodes)


def _joined(nodes):
    """Neighbouring texts as one; no space between Chinese characters where a line broke."""
    joined = []
    for node in nodes:
        if node["t"] == "text" and joined and joined[-1]["t"] == "text":
            joined[-1] = {"t": "text", "v": joined[-1]["v"] + node["v"]}
        else:
            joined.append(node)
    for node in joined:
        if node["t"] == "text":
            node["v"] = re.sub(
                r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff])", "", node["v"]
            )
    return joined


def _list(node):
    tag = "ol" if node["ordered"] else "ul"
    items = "".join(f"<li>{_tight(item)}</li>" for item in node["items"])
    return f"<{tag}>{items}</{tag}>"


def _tight(blocks):
    if len(blocks) == 1 and blocks[0]["t"] == "p":
        return to_html(blocks[0]["c"])
    return to_html(blocks)


def _table(node):
    head = "".join(f"<th>{to_html(cell)}</th>" for cell in node["head"])
    rows = "".join(
        f"<tr>{''.join(f'<td>{to_html(cell)}</td>' for cell in row)}</tr>" for row in node["rows"]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _code(node):
    inner = f"<code>{escape(node['v'])}</code>"
    return f"<pre>{inner}</pre>" if node.get("block") else inner


_HTML = {
    "text": lambda n: escape(n["v"]),
    "code": _code,
    "strong": lambda n: f"<strong>{to_html(n['c'])}</strong>",
    "em": lambda n: f"<em>{to_html(n['c'])}</em>",
    "link": lambda n: f'<a href="{escape(n["href"])}" rel="noopener">{to_html(n["c"])}</a>',
    "br": lambda n: "<br>",
    "p": lambda n: f"<p>{to_html(n['c'])}</p>",
    "heading": lambda n: f"<h{n['level']}>{to_html(n['c'])}</h{n['level']}>",
    "list": _list,
    "quote": lambda n: f"<blockquote>{to_html(n['c'])}</blockquote>",
    "rule": lambda n: "<hr>",
    "table": _table,
}
