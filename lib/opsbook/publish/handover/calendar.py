"""The content calendar for calendars (.ics) and spreadsheets (.xlsx).

An event keeps its identity (UID) from one hand-over to the next, so that importing again moves
or cancels it instead of doubling it.
"""

import datetime as dt

MINUTES = 30
STATUS = {
    "proposed": "TENTATIVE",
    "approved": "CONFIRMED",
    "published": "CONFIRMED",
    "rejected": "CANCELLED",
}
COLUMNS = ("day", "time", "platform", "account_name", "post_type", "theme", "title", "owner", "state")  # fmt: skip


def ics(material, output):
    """Write calendar.ics: an event per planned post, a to-do per finding; a list with its path."""
    from icalendar import Calendar, Event, Todo

    zone = material.settings.time_zone
    book = Calendar()
    book.add("prodid", "-//Opsbook//content calendar//EN")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", material.brand)
    book.add("x-wr-timezone", zone.key)
    stamp = material.as_of.to_pydatetime().astimezone(dt.UTC)
    for item in material.calendar.itertuples():
        event = Event()
        event.add("uid", f"{item.item_id}@opsbook")
        event.add("dtstamp", stamp)
        start = item.slot_at.to_pydatetime().astimezone(zone)
        event.add("dtstart", start)
        event.add("duration", dt.timedelta(minutes=MINUTES))
        event.add("summary", item.title if isinstance(item.title, str) else item.item_id)
        event.add("status", STATUS.get(item.state, "TENTATIVE"))
        about = [item.platform, item.account_name, item.post_type, item.theme, item.owner]
        words = [str(material.translator.value(a)) for a in about if isinstance(a, str)]
        event.add("description", " · ".join(words))
        event.add("categories", [str(material.translator.value(item.platform))])
        book.add_component(event)
    for finding in material.findings:
        if finding["severity"] == "info":
            continue
        todo = Todo()
        todo.add("uid", f"{finding['finding_id']}@opsbook")
        todo.add("dtstamp", stamp)
        todo.add("due", dt.date.fromisoformat(finding["due"]))
        todo.add("summary", finding["what"])
        todo.add("description", finding["action"])
        todo.add("priority", {"critical": 1, "high": 3, "medium": 5}.get(finding["severity"], 7))
        book.add_component(todo)
    book.add_missing_timezones()
    path = output / "calendar.ics"
    _replace(path, book.to_ical())
    return [path]


def xlsx(material, output):
    """Write calendar.xlsx: the list, a month view, counts by formulas; a list with its path."""
    import xlsxwriter

    path = output / "calendar.xlsx"
    aside = path.with_name(".calendar.part.xlsx")
    items, t = material.calendar, material.t
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(aside), options) as book:
        heading = book.add_format({"bold": True, "bg_color": "#e9efec", "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        hour = book.add_format({"num_format": "hh:mm"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(t("handover.calendar"))
        sheet.write_row(0, 0, [material.translator.label(c) for c in COLUMNS], heading)
        for number, item in enumerate(items.itertuples(), start=1):
            local = item.slot.to_pydatetime().replace(tzinfo=None)
            sheet.write_datetime(number, 0, dt.datetime.combine(local.date(), dt.time()), day)
            sheet.write_datetime(number, 1, dt.datetime.combine(dt.date(1900, 1, 1), local.time())
                                 - dt.timedelta(days=1), hour)  # fmt: skip
            for column, name in enumerate(COLUMNS[2:], start=2):
                value = getattr(item, name)
                text = material.translator.value(value) if isinstance(value, str) else ""
                sheet.write_string(number, column, str(text))
        sheet.set_column(0, 5, 14)
        sheet.set_column(6, 6, 44)
        sheet.set_column(7, 8, 14)
        sheet.freeze_panes(1, 0)
        if len(items):
            sheet.autofilter(0, 0, len(items), len(COLUMNS) - 1)
        _months(material, book, items, heading, wrapped)
        _counts(material, book, sheet.get_name(), items, heading)
    aside.replace(path)
    return [path]


def _months(material, book, items, heading, wrapped):
    """One sheet per month: a week a row, Monday first; each day lists its posts."""
    days = items["slot"].dt.date
    for month in sorted({(d.year, d.month) for d in days}):
        first = dt.date(*month, 1)
        sheet = book.add_worksheet(f"{month[0]}-{month[1]:02d}")
        monday = first - dt.timedelta(days=first.weekday())
        names = [material.translator.text(f"weekday.{i}") for i in range(7)]
        sheet.write_row(0, 0, names, heading)
        sheet.set_column(0, 6, 24)
        row, at = 1, monday
        while at <= first or at.month == first.month:
            for weekday in range(7):
                one = at + dt.timedelta(days=weekday)
                if one.month != first.month:
                    continue
                own = items[days == one]
                lines = [str(one.day)] + [
                    f"{i.slot:%H:%M} {material.translator.value(i.platform)}: {i.title}"
                    for i in own.itertuples()
                ]
                sheet.write_string(row, weekday, "\n".join(lines), wrapped)
            row, at = row + 1, at + dt.timedelta(days=7)


def _counts(material, book, source, items, heading):
    """Posts by state as formulas over the list, so that they follow what is edited there."""
    sheet = book.add_worksheet(material.t("handover.counts"))
    words = [material.translator.label("state"), material.translator.label("posts")]
    sheet.write_row(0, 0, words, heading)
    last = max(len(items), 1) + 1
    quoted = source.replace("'", "''")
    for row, state in enumerate(STATUS, start=1):
        word = str(material.translator.value(state))
        sheet.write_string(row, 0, word)
        count = int((items["state"] == state).sum())
        formula = f"=COUNTIF('{quoted}'!$I$2:$I${last},A{row + 1})"
        sheet.write_formula(row, 1, formula, None, count)


def _replace(path, content):
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)
