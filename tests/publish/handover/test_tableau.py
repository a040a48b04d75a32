"""The extract, read by Tableau's own library (pip install tableauhyperapi pantab)."""

import datetime as dt

import pytest

from opsbook.publish.handover import hand_over

from .conftest import PERIOD

pytestmark = pytest.mark.system


def test_tableaus_own_library_reads_the_extract(brand, tmp_path):
    from tableauhyperapi import Connection, HyperProcess, Telemetry

    path = hand_over("tableau", tmp_path, home=brand, period=PERIOD)["tableau"][0]
    quiet = {"log_config": ""}
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=quiet) as hyper,
        Connection(hyper.endpoint, str(path)) as connection,
    ):
        rows = connection.execute_list_query(
            'SELECT count(*), sum("line_amount"), min("day") FROM "public"."orders"'
        )
        titles = connection.execute_list_query(
            """SELECT "title" FROM "public"."calendar_items" WHERE "item_id" = 'C2'"""
        )
    ((count, amount, first),) = rows
    assert (count, first.to_date()) == (14, dt.date(2026, 11, 2))
    assert amount == pytest.approx(sum(100.25 + i for i in range(14)))
    assert titles == [["泡茶"]]
