"""The index: each person's open work, what is overdue first."""

import pandas as pd

from opsbook.chapters import portal

from .rules.case import rows

PERIOD = "2026-W46"  # ends on 15 November


def test_today_is_per_person_and_names_what_to_reply_approve_post_and_do(tiny_book):
    at = pd.Timestamp("2026-11-14 10:00")
    waiting = rows("item_kind at due_at owner", ("comment", at, at + pd.Timedelta(hours=2), "community"),
                   ("comment", at, pd.Timestamp("2026-11-16 10:00"), "community"), platform="douyin")  # fmt: skip
    items = rows("item_id title state slot_at", ("i1", "Oolong", "proposed", "2026-11-17 12:00"),
                 ("i2", "Jasmine", "approved", "2026-11-18 12:00"), ("i3", "Later", "proposed", "2026-12-20 12:00"),
                 ("i4", "Out", "published", "2026-11-17 12:00"), platform="weibo", account_id="a", owner="content")  # fmt: skip
    tasks = rows("task_id title status due_at", ("t1", "Report", "doing", "2026-11-10 12:00"),
                 ("t2", "Done", "done", "2026-11-10 12:00"), role="community", created_at="2026-11-01")  # fmt: skip
    for frame, when in ((items, "slot_at"), (tasks, "due_at"), (tasks, "created_at")):
        frame[when] = pd.to_datetime(frame[when])
    book = tiny_book(0, {"calendar_items": items, "tasks": tasks}, period=PERIOD)
    table = portal.today(book, waiting)
    assert table[["owner", "kind", "is_overdue"]].values.tolist() == [
        ["community", "to_reply", True],
        ["community", "task", True],
        ["content", "to_approve", False],
        ["content", "to_post", False],
    ]
    assert table["to_do"].iloc[0].startswith("2 × comment on Douyin, the oldest since")
    assert table["to_do"].tolist()[1:] == ["Report", "Oolong", "Jasmine"]


def test_nobody_has_anything_to_do_on_an_empty_store(tiny_book):
    assert portal.today(tiny_book(0, period=PERIOD)).empty
