"""The methods page: every cell runs, every claim holds, every word is in the catalogue."""

import json
import shutil
from pathlib import Path

import pytest

from opsbook import proof
from opsbook.config import LANGUAGES
from opsbook.present.language import messages
from opsbook.proof import _claim

PAGE = Path(__file__).parents[2] / "notebooks" / "methods.ipynb"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What the cells left behind, run in order without real data, in Chinese."""
    names, home = {}, tmp_path_factory.mktemp("methods")
    (home / "data").mkdir()
    shutil.copy(PAGE.parents[1] / "data" / "workbook.toml", home / "data" / "workbook.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPSBOOK_REAL_DATA", raising=False)
        patch.setenv("OPSBOOK_HOME", str(home))
        patch.setenv("OPSBOOK_CHARTS", "static")
        for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
                if "parameters" in cell["metadata"].get("tags", ()):
                    names["language"] = "zh-Hans"
    return names


@pytest.mark.parametrize("topic", proof.TOPICS)
def test_every_claim_of_the_page_holds(page, topic):
    claims = page[topic]
    assert list(claims.columns) == _claim.COLUMNS
    # how fast a method is depends on what else the machine does: `make bench` measures it
    figures = claims[~claims["claim"].str.contains("speed|seconds")]
    assert len(figures) and figures["ok"].all(), figures.loc[~figures["ok"]].to_string()
    assert claims["figure"].notna().all()


@pytest.mark.parametrize("topic", proof.TOPICS)
def test_every_word_of_the_page_has_three_languages(page, topic):
    known = messages()
    shown = {w for column in _claim.WORDS for w in page[topic][column] if w.startswith("proof.")}
    assert shown
    for word in shown:
        assert set(known.get(f"value.{word}", ())) >= set(LANGUAGES), word


def test_without_real_data_figures_carry_date_and_file(page):
    kept = [row for t in proof.TOPICS for row in page[t].to_dict("records") if row["sha256"]]
    files = {name for row in kept for name in row["source"].split(", ")}
    assert files >= {"toy_arma.csv", "geolift_test.csv", "cdnow_customers.csv", "cookie_cats.csv"}
    assert files >= {"facebook_live_sellers.csv", "weekly_media_mix.csv", "event_tweets.csv"}
    for row in kept:
        assert row["measured"].startswith("20"), row
        assert all(len(part) == 12 for part in row["sha256"].split()), row
