"""The columns of every canonical table that a preset reads out of one file."""

import json
import re
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import columns, presets
from opsbook.data.schema import table as table_of
from opsbook.errors import BadValue, MissingColumns

KEYLESS = {"campaign_id": "", "ad_group_id": "", "ad_id": "", "breakdown": "all", "channel": "all",
           "item_id": ""}  # fmt: skip
READS = ("from", "collect", "first", "product", "share")
TAGS = re.compile(r"#([^\s#.,;:!?，。；：！？、()（）]+)")
ACCOUNT = {"orders": "shop_account_id"}


@dataclass(frozen=True)
class Built:
    """The columns of one table by row of the file: `melted` for long tables, `mask` where only
    some rows are of this table, `also` further (columns, mask), `sum` columns added up by key."""

    arrays: dict
    melted: list | None = None
    mask: object = None
    also: list = field(default_factory=list)
    sum: tuple = ()


def tables(path, source, platform, account, currency, context):
    """dict of table name -> (arrays by column, index of the source row of each row)."""
    built = {}
    for name, section in source.preset.sections.items():
        if not _wanted(source, section):
            continue
        arrays = _section(path, source, name, section, platform, account, currency)
        if arrays is not None:
            mask = _only(source, section)
            more = []
            for one in section.get("also", ()):
                spec = {k: v for k, v in section.items() if k not in ("also", "only_rows")} | one
                found = _section(path, source, name, spec, platform, account, currency)
                if found is not None:
                    more.append((found[0], _only(source, spec)))
            built[name] = Built(*arrays, mask, more, tuple(section.get("sum", ())))
    if not built:
        section = source.preset.sections[source.preset.grain]
        raise MissingColumns(
            path.name,
            [columns.header_of(s) for s in section.values() if isinstance(s, str)][:8],
            [h for h in source.headers if h.strip()],
            remedy="The export lacks every figure this layout has: export it again.",
        )
    return built


def _only(source, section):
    return columns.condition(source, section["only_rows"]) if "only_rows" in section else None


def _wanted(source, section):
    for spec in section.get("needs", ()):
        if source.find(spec) is None:
            return False
    for spec in section.get("without", ()):
        if source.find(spec) is not None:
            return False
    only = section.get("only")
    return not (only and not set(only["preamble"]) & set(source.context["preamble"]))


def _section(path, source, name, section, platform, account, currency):
    table = table_of(name)
    arrays, figures = {}, False
    for column, spec in section.items():
        if column in presets.SETTINGS:
            continue
        if not columns.present(source, spec):
            continue
        array = columns.build(source, table.columns[column], spec)
        if array is None:
            continue
        arrays[column] = array
        read_here = isinstance(spec, str) or any(w in spec for w in READS)
        figures = figures or (read_here and column not in table.key)
    melted = _melt(source, section["melt"], table) if "melt" in section else None
    if not figures and not melted and not source.preset.get("row_at_a_time"):
        return None
    whose = ACCOUNT.get(name, "account_id")
    if "platform" in table.columns and "platform" not in arrays and platform:
        arrays["platform"] = pa.repeat(pa.scalar(platform), source.n)
    if whose in table.columns and whose in arrays and account:
        _one_account(path, arrays[whose], account)
        arrays[whose] = pa.repeat(pa.scalar(account), source.n)
    elif whose in table.columns and whose not in arrays and account:
        arrays[whose] = pa.repeat(pa.scalar(account), source.n)
    for column, blank in KEYLESS.items():
        if column in table.columns and column in table.key:
            if column not in arrays:
                arrays[column] = pa.repeat(pa.scalar(blank), source.n)
            else:
                arrays[column] = pc.fill_null(arrays[column], blank)
    _fill(source, name, table, section, arrays, currency, path)
    return arrays, melted


def _one_account(path, found, account):
    distinct = [v for v in found.unique().to_pylist() if v]
    if len(distinct) > 1:
        raise BadValue(
            f"holds {len(distinct)} accounts ({', '.join(map(str, distinct[:3]))}, ...), "
            f"but was given for the one account {account}.",
            where=path.name,
            remedy="Leave the account out: the file says whose each row is.",
        )


def _melt(source, spec, table):
    """[(metric or metrics by row, values, unit, days of its own or None)] of a long table."""
    found = []
    column = table.columns["value"]
    for metric, inner in spec.items():
        inner = {"from": inner} if isinstance(inner, str) else inner
        position = source.find(inner["from"])
        if position is None:
            continue
        kind = inner.get("kind", "number")
        typed = column.__class__("value", kind, False, "", "")
        array = columns.parsed(source, position, source.texts(position), typed, inner)
        unit = {"rate": "fraction", "money": "money"}.get(kind, inner.get("as", "times"))
        days, at = None, source.find(inner["day"]) if "day" in inner else None
        if at is not None:
            days = columns.parsed(source, at, source.texts(at), table.columns["date_day"], {})
            array = pc.if_else(pc.is_valid(days), array, None)
        names = pa.repeat(pa.scalar(metric), source.n)
        at = source.find(inner["suffix"]) if "suffix" in inner else None
        if at is not None:
            label = pc.utf8_trim_whitespace(source.texts(at))
            plain = pc.is_in(label, pa.array([*inner.get("plain", ()), ""]))
            joined = pc.binary_join_element_wise(names, label, ":")
            names = pc.if_else(plain, names, joined)
        found.append((names, pc.cast(array, pa.float64()), unit, days))
    return found


def _fill(source, name, table, section, arrays, currency, path):
    """Columns that follow from others: currency, zone, precision, search text, hashtags."""
    has_money = [c for c in arrays if table.columns[c].type == "money"]
    if "currency" in table.columns and has_money:
        stated = {
            columns.HEADER_CURRENCY.get(code, code)
            for c in has_money
            if (spec := section.get(c)) is not None
            and (position := source.find(columns.header_of(spec))) is not None
            and (code := presets.header_currency(source.headers[position]))
        }
        stated = {c for c in stated if re.match(r"^[A-Z]{3}$", c)}
        stated_cells = "currency" in arrays
        if stated_cells:
            stated |= {c for c in arrays["currency"].unique().to_pylist() if c}
        if currency and stated and stated != {currency}:
            raise BadValue(
                f"is in {', '.join(sorted(stated))}, but was given as {currency}.",
                where=path.name,
                remedy="Leave the currency out: the file names it.",
            )
        known = currency or source.preset.get("currency")
        if stated_cells:
            if known:
                arrays["currency"] = pc.fill_null(arrays["currency"], known)
        elif len(stated) == 1:
            arrays["currency"] = pa.repeat(pa.scalar(stated.pop()), source.n)
        elif len(stated) > 1:
            raise BadValue(
                f"has money columns in {', '.join(sorted(stated))} in one row.",
                where=path.name,
                remedy="Export one currency at a time.",
            )
        elif known:
            arrays["currency"] = pa.repeat(pa.scalar(known), source.n)
    zone = source.context["zone"]
    if "report_tz" in table.columns and "report_tz" not in arrays:
        arrays["report_tz"] = pa.repeat(pa.scalar(zone), source.n)
    if "net_followers" in arrays and "net_basis" not in arrays:
        arrays["net_basis"] = pa.repeat(pa.scalar("reported"), source.n)
    days = source.preset.get("preliminary_days")
    if days and "is_preliminary" in table.columns and table.when in arrays:
        from datetime import timedelta

        edge = pa.scalar(source.context["exported_on"] - timedelta(days=int(days)))
        arrays["is_preliminary"] = pc.greater(arrays[table.when], edge)
    if name == "posts":
        _posts(source, section, arrays, zone)


def _posts(source, section, arrays, zone):
    if "created_timestamp" in arrays:
        position = source.find(columns.header_of(section["created_timestamp"]))
        precise = source.parsed.get((position, "precision"))
        if precise is not None and "created_precision" not in arrays:
            arrays["created_precision"] = precise
        if "tz_source" not in arrays:
            arrays["tz_source"] = pa.repeat(pa.scalar(zone), source.n)
    texts = [arrays[c] for c in ("post_title", "post_message") if c in arrays]
    if texts and "text_nfkc" not in arrays:
        joined = texts[0]
        if len(texts) == 2:
            # Not null_handling="skip": Arrow then drops rows in which every part is null.
            filled = [pc.fill_null(text, "") for text in texts]
            joined = pc.utf8_trim(pc.binary_join_element_wise(*filled, "\n"), characters="\n")
            joined = pc.if_else(pc.equal(joined, ""), None, joined)
        encoded = joined.dictionary_encode()
        plain = pc.utf8_normalize(encoded.dictionary, "NFKC")
        # As dictionaries: a post-day file repeats a post's text on every day.
        arrays["text_nfkc"] = pa.DictionaryArray.from_arrays(encoded.indices, plain)
        if "hashtags" not in arrays:
            arrays["hashtags"] = pa.DictionaryArray.from_arrays(encoded.indices, _hashtags(plain))
    if "synthetic_id" not in arrays:
        spec = section.get("post_id")
        made = isinstance(spec, dict) and "synthetic" in spec
        arrays["synthetic_id"] = pa.repeat(pa.scalar(made), source.n)


def _hashtags(texts):
    """The hashtags of every text as a JSON list, None where it has none."""
    marked = pc.fill_null(pc.match_substring(texts, "#"), False)
    found = [list(dict.fromkeys(TAGS.findall(text))) for text in texts.filter(marked).to_pylist()]
    told = [json.dumps(tags, ensure_ascii=False) if tags else None for tags in found]
    return pc.replace_with_mask(
        pa.nulls(len(texts), pa.string()), marked, pa.array(told, pa.string())
    )
