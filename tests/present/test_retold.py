"""A finding and a summary sentence of one run, in the language of each reader."""

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from opsbook import findings
from opsbook.config import LANGUAGES
from opsbook.estimate import Estimate
from opsbook.present import retold, show
from opsbook.present.language import Translator


def _book(language):
    settings = SimpleNamespace(owners={}, thresholds={"due_days": {"medium": 7}})
    period = SimpleNamespace(end=dt.date(2026, 11, 15), label="2026-W46")
    words = Translator(language)
    return SimpleNamespace(
        number=10,
        settings=settings,
        period=period,
        translator=words,
        t=words.text,
        kept=lambda values: retold.kept(values, words),
    )


def _found(language):
    book = _book(language)
    word = book.translator.value
    found = findings.build(
        book, "9.2", "medium", "9.1.unfilled_here",
        subject=f"{word('ads')} / {word('design')} · 蓝杯",
        figure=Estimate(0.125, 0.1, 0.15, 40, "wilson", unit="fraction"),
        role=str(word("manager")), roles=book.t("shown.list").join([word("ads"), word("design")]),
        day=dt.date(2026, 11, 2), cost=1250.5, missing=float("nan"),
    ).record()  # fmt: skip
    return found | {
        "figure_text": show.figure_text(book.translator, found),
        "severity_text": str(book.translator.alone("medium")),
        "owner_text": str(book.translator.alone(found["owner"])),
        "due_text": book.translator.write(found["due"], "date"),
    }


@pytest.fixture(autouse=True)
def _wordings(monkeypatch):
    from opsbook.present import language

    known = language.messages()
    what = "{subject}|{role}|{roles}|{figure:p}|{day:date}|{cost:m}|{missing:d}|{owner}|{due:date}"
    made = {
        f"9.1.unfilled_here.{part}": {lang: f"{lang}: {what}" for lang in LANGUAGES}
        for part in ("what", "action", "if")
    }
    monkeypatch.setattr(language, "messages", lambda home_folder=None: {**known, **made})


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_told_as_a_run_in_that_language_would_have(spoken, language):
    kept = json.loads(json.dumps(_found(spoken), default=str))
    told, wanted = retold.finding(kept, Translator(language)), _found(language)
    shown = ("what", "action", "changes_if", "subject", "figure_text", "severity_text",
             "owner_text", "due_text")  # fmt: skip
    assert {k: told[k] for k in shown} == {k: wanted[k] for k in shown}


def test_a_finding_with_only_sentences_stays_as_it_is():
    old = {k: v for k, v in _found("en").items() if k != "values"}
    assert retold.finding(old, Translator("zh-Hans")) == old
    assert retold.sentence({"text": "Up."}, Translator("zh-Hans")) == {"text": "Up."}


def test_a_message_that_is_gone_leaves_the_sentence():
    said = {"text": "Up.", "message": "no.such", "values": {}}
    assert retold.sentence(said, Translator("zh-Hant")) == said
