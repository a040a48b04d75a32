"""Answers of platforms' APIs: every list of records in the JSON is a sheet.

Records that hold a list of records themselves (an order and its lines) are a second sheet of those:
`child.product_id` of each line beside the fields of its order.
"""

import json

from opsbook.data.sheet import MAX_COLUMNS, grid
from opsbook.data.text_files import decode
from opsbook.errors import InputError


def read(data, where):
    """Records of a platform API's answer; numbers stay text, so that long ids keep every digit."""
    text, encoding = decode(data, where)
    try:
        document = json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] == "{":
            raise InputError(
                f"is cut or damaged JSON (line {error.lineno}).",
                where=where,
                remedy="Fetch it again.",
            ) from None
        return None
    except RecursionError:
        raise InputError("is JSON nested too deeply to be an export.", where=where) from None
    found = [
        grid(name, rows, "json", encoding, where=where)
        for name, rows in _record_lists(document, "", where)
    ]
    if not found:
        raise InputError("holds no list of records.", where=where, remedy="Fetch it again.")
    return found


def _record_lists(node, name, where):
    if _is_records(node):
        flat = [_flat(x) for x in node]
        names = list(dict.fromkeys(key for x in flat for key in x))
        if len(names) > MAX_COLUMNS:
            raise InputError(f"records have {len(names)} names; this is no table.", where=where)
        yield name, [names] + [[x.get(key, "") for key in names] for x in flat]
        for key in dict.fromkeys(k for x in node for k, v in x.items() if _is_records(v)):
            yield from _record_lists(_lines(node, key), f"{name}.{key}", where)
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _record_lists(child, f"{name}.{key}" if name else key, where)


def _is_records(value):
    return isinstance(value, list) and bool(value) and all(isinstance(x, dict) for x in value)


def _lines(records, key):
    """One record per line of the list under `key`; a record without lines stays one."""
    found = []
    for record in records:
        rest = {k: v for k, v in record.items() if k != key and not _is_records(v)}
        lines = record[key] if _is_records(record.get(key)) else [{}]
        found += [rest | ({key: line} if line else {}) for line in lines]
    return found


def _flat(node, prefix=""):
    out = {}
    for key, value in node.items():
        name = prefix + key
        if isinstance(value, dict):
            out.update(_flat(value, name + "."))
        elif isinstance(value, list):
            out[name] = json.dumps(value, ensure_ascii=False)
        elif value is None:
            out[name] = ""
        elif isinstance(value, bool):
            out[name] = "true" if value else "false"
        else:
            out[name] = str(value)
    return out
