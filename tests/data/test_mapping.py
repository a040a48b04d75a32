"""Unknown layouts: a proposal with reasons, edited, saved, and used from then on."""

import pytest

from opsbook import Store, read_export
from opsbook.data import mapping
from opsbook.errors import BadValue, ConfigError, ParameterError, UnknownLayout

TEXT = """Datum;Kampagnenname;Impressions;Clicks;CTR;Spend;Notiz
13.01.2026;Spring;1000;20;2.00;12.50;a
14.01.2026;Spring;2000;50;2.50;30.00;b
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    path = tmp_path / "Tages Bericht.csv"
    path.write_text(TEXT)
    return path


def proposed(path):
    with pytest.raises(UnknownLayout, match=r"opsbook import .* --map") as caught:
        read_export(path, account="a")
    return caught.value.proposal


def test_proposal_gives_place_unit_and_reason(file):
    proposal = proposed(file)
    rows = {row["header"]: row for row in proposal.rows}
    assert proposal.grain == "ads_daily"
    assert (rows["Datum"]["place"], rows["Datum"]["unit"]) == ("ads_daily.date_day", "dmy")
    assert rows["Spend"]["place"] == "ads_daily.spend"
    assert (rows["CTR"]["place"], rows["CTR"]["unit"]) == ("ads_daily.ctr_reported", "percent")
    assert "equals Clicks / Impressions x 100" in rows["CTR"]["reason"]
    assert rows["Notiz"]["place"] == ""


def test_saved_mapping_is_a_preset_of_the_workbook(file, tmp_path):
    edited = proposed(file).place("Kampagnenname", "ads_daily.campaign_id")
    target = mapping.save(edited, tmp_path / "data" / "reference" / "presets")
    assert target.name == "tages_bericht.toml"
    store = Store(tmp_path / "data" / "store")
    done = store.import_file(file, account="google_ads@tea", currency="EUR")
    assert (done.preset, done.loaded) == ("tages_bericht", 2)
    frame = store.frame("ads_daily")
    assert frame["spend"].tolist() == [12.5, 30.0] and frame["ctr_reported"].tolist() == [
        0.02,
        0.025,
    ]
    assert frame["campaign_id"].tolist() == ["Spring", "Spring"]
    assert frame["date_day"].dt.day.tolist() == [13, 14]
    again = mapping.save(edited.drop("CTR"), target.parent)
    assert mapping.load(again).version == 2


def test_mistakes_in_a_mapping_are_named(file, tmp_path):
    with pytest.raises(BadValue, match="colour is no column of ads_daily"):
        proposed(file).place("Spend", "ads_daily.colour")
    with pytest.raises(BadValue, match="the file has no column Cost"):
        proposed(file).place("Cost", "ads_daily.spend")
    with pytest.raises(ConfigError, match=r"ads_daily\.colour: is no column"):
        read_export(file, mapping={"grain": "ads_daily", "ads_daily": {"colour": "Spend"}})
    with pytest.raises(ParameterError, match="does not exist"):
        read_export(file, mapping=tmp_path / "none.toml")


def test_another_table_is_proposed_and_a_notebook_shows_it(file):
    proposal = mapping.propose_for(file, grain="orders")
    assert proposal.grain == "orders"
    assert proposal.frame.columns.tolist() == ["header", "place", "unit", "reason"]
    assert proposal.frame["header"].tolist()[:2] == ["Datum", "Kampagnenname"]
    with pytest.raises(ParameterError, match="there is no table ordres"):
        mapping.propose_for(file, grain="ordres")
