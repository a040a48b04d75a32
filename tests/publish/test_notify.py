"""Alerts against local servers that speak each protocol: words, languages, quiet hours, no repeats."""

import base64
import datetime as dt
import email
import email.policy
import hashlib
import hmac
import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from opsbook import config
from opsbook.errors import AccessError, ConfigError
from opsbook.publish import manifest, notify
from opsbook.publish.notify import Event, Reader, is_quiet, tell

from .handover.conftest import PERIOD, fill, finding, write_run

# apprise's PGP part imports a module that Python 3.13 drops; nothing of ours
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "a" * 64
SECRET = "SEC" + "b" * 30
KEY = "12345678-1234-1234-1234-1234567890ab"
NOON = dt.datetime(2026, 11, 16, 4, tzinfo=dt.UTC)  # 12:00 in Shanghai
NIGHT = dt.datetime(2026, 11, 16, 15, tzinfo=dt.UTC)  # 23:00


class Chat(BaseHTTPRequestHandler):
    """Answers as DingTalk, WeCom, Feishu and Slack do: 200 and a code in the body."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        url = urlsplit(self.path)
        asked = {k: v[0] for k, v in parse_qs(url.query).items()}
        said = self.judge(url.path, asked, body)
        if said.get("errcode", said.get("code", 0)) == 0:
            self.server.heard.append((url.path, body))
        else:
            self.server.refused.append((url.path, said))
        text = b"ok" if url.path.startswith("/services") else json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text)

    def judge(self, path, asked, body):
        if self.server.broken:
            return {"errcode": 310000, "errmsg": "keywords not in content", "code": 19001}
        if path == "/robot/send":
            told = f"{asked['timestamp']}\n{SECRET}".encode()
            sign = base64.b64encode(hmac.new(SECRET.encode(), told, hashlib.sha256).digest())
            good = asked["access_token"] == TOKEN and asked["sign"] == sign.decode()
            return {"errcode": 0 if good and body["msgtype"] in ("text", "markdown") else 310000}
        if path == "/cgi-bin/webhook/send":
            short = len(body["text"]["content"].encode()) <= 2048
            return {"errcode": 0 if asked["key"] == KEY and short else 40058}
        if path.startswith("/open-apis/bot/v2/hook/"):
            return {"code": 0 if body["msg_type"] == "text" else 9499}
        return {}

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs."""

    def handle(self):
        self.say("220 local ESMTP")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split()[0].upper()
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part[1:] if part.startswith(b"..") else part)
                self.server.mails.append(b"".join(lines))
            elif word == "QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def chat(monkeypatch):
    """The chat server; apprise's plugins send to it instead of to the Internet."""
    from apprise.plugins import N_MGR

    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    server.heard, server.refused, server.broken = [], [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    for schema, name, path in (
        ("dingtalk", "notify_url", "/robot/send?access_token={token}"),
        ("wecombot", "notify_url", "/cgi-bin/webhook/send?key={key}"),
        ("feishu", "notify_url", "/open-apis/bot/v2/hook/{token}/"),
        ("slack", "webhook_url", "/services"),
    ):
        monkeypatch.setattr(N_MGR[schema], name, base + path)
        monkeypatch.setattr(N_MGR[schema], "request_rate_per_sec", 0)
    monkeypatch.setattr(N_MGR["mailto"], "request_rate_per_sec", 0)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mail():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    server.mails = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


URLS = {
    "OPS_DING": f"dingtalk://{SECRET}@{TOKEN}",
    "OPS_WECOM": f"wecombot://{KEY}",
    "OPS_FEISHU": f"feishu://{TOKEN}",
    "OPS_SLACK": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
}


@pytest.fixture
def brand(home, monkeypatch):
    """A workbook with a run and one reader per channel, each in another language."""
    fill(home)
    write_run(home)
    text = (home / "data" / "workbook.toml").read_text(encoding="utf-8")
    named = "\n".join(
        f'  {{name = "{name}", url_env = "{name}", language = "{language}"}},'
        for name, language in zip(URLS, ("zh-Hans", "zh-Hans", "zh-Hant", "en"), strict=True)
    )
    assert "readers = [] " in text
    text = text.replace("readers = [] ", f"readers = [\n{named}\n] ")
    (home / "data" / "workbook.toml").write_text(text, encoding="utf-8")
    for name, url in URLS.items():
        monkeypatch.setenv(name, url)
    return home


def the_report():
    return Event("report", f"{PERIOD}|3", {"period": PERIOD, "data_version": 3})


def test_each_channel_gets_the_one_pager_in_its_readers_language(brand, chat):
    outcomes = tell([the_report()], home=brand, now=NOON)
    assert {(o[0], o[3]) for o in outcomes} == {(name, "sent") for name in URLS}
    heard = dict(chat.heard)
    assert len(chat.heard) == 4 and not chat.refused
    ding = heard["/robot/send"]["markdown"]
    wecom = heard["/cgi-bin/webhook/send"]["text"]["content"]
    feishu = heard[f"/open-apis/bot/v2/hook/{TOKEN}/"]["content"]["text"]
    slack = json.dumps(next(b for p, b in chat.heard if p.startswith("/services")))
    assert "一页通" in ding["title"] and "销售额（应收）" in ding["text"]
    assert "一页通" in wecom and "分析结论" not in wecom and "¥772" in wecom
    assert "銷售額" in feishu and "¥772" in feishu
    assert "Headline" in slack or "Sales" in slack
    for page in (ding["text"], wecom, feishu, slack):
        assert "772" in page and "+6.8%" in page


def test_words_of_strangers_stay_words_in_every_chat(home, chat, mail, monkeypatch):
    said = (
        "<http://evil.example|tea> [tea](http://evil.example) <!channel> @all <b>x</b> `c` {{7*7}}"
    )
    fill(home)
    write_run(home, findings=[finding(1, severity="critical", what=said, action=said)])
    named = ", ".join(
        f'{{name = "{n}", url_env = "{n}", language = "en"}}' for n in (*URLS, "OPS_MAIL")
    )
    text = (home / "data" / "workbook.toml").read_text(encoding="utf-8")
    text = text.replace("readers = [] ", f"readers = [{named}] ")
    (home / "data" / "workbook.toml").write_text(text, encoding="utf-8")
    post = f"mailto://127.0.0.1:{mail.server_address[1]}/?from=ops@example.com&to=ada@example.com"
    for name, url in {**URLS, "OPS_MAIL": post}.items():
        monkeypatch.setenv(name, url)
    outcomes = tell([the_report()], home=home, now=NOON)
    assert {o[3] for o in outcomes} == {"sent"} and len(outcomes) == 5
    slack = next(b for p, b in chat.heard if p.startswith("/services"))
    ding = dict(chat.heard)["/robot/send"]["markdown"]["text"]
    # the two that read marks get none; the two plain ones show the words as they are
    for card in (ding, json.dumps(slack, ensure_ascii=False)):
        assert "evil.example" in card
        assert not re.search(r"\]\(|<http|<!|<b>|`", card)
    (letter,) = mail.mails
    page = (
        email.message_from_bytes(letter, policy=email.policy.default)
        .get_body(("html",))
        .get_content()
    )
    assert "&lt;b&gt;x" in page and "<b>x" not in page and "href" not in page


def test_e_mail_carries_the_page_as_html(brand, chat, mail, monkeypatch):
    url = f"mailto://127.0.0.1:{mail.server_address[1]}/?from=ops@example.com&to=ada@example.com"
    monkeypatch.setenv("OPS_DING", url)
    outcomes = tell([the_report()], home=brand, now=NOON)
    assert {o[3] for o in outcomes} == {"sent"}
    (raw,) = mail.mails
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert "一页通" in letter["Subject"]
    assert letter["To"].addresses[0].addr_spec == "ada@example.com"
    page = letter.get_body(("html",)).get_content()
    assert "<table>" in page and "¥772" in page and "http-equiv" not in page


def test_nothing_is_said_twice_and_a_refused_message_is_tried_again(brand, chat):
    chat.broken = True  # status 200, but an error code in the body
    first = tell([the_report()], home=brand, now=NOON)
    assert {o[0]: o[3] for o in first} == {
        "OPS_DING": "failed", "OPS_WECOM": "failed", "OPS_FEISHU": "failed", "OPS_SLACK": "sent",
    }  # fmt: skip
    chat.broken = False
    second = tell([], home=brand, now=NOON)
    assert {(o[0], o[3]) for o in second} == {(n, "sent") for n in URLS if n != "OPS_SLACK"}
    assert tell([the_report()], home=brand, now=NOON) == []
    assert len(chat.heard) == 3  # the fourth went out at the first try
    newer = Event("report", f"{PERIOD}|4", {"period": PERIOD, "data_version": 3})
    assert len(tell([newer], home=brand, now=NOON)) == 4


def test_in_quiet_hours_only_the_urgent_goes_out_and_the_rest_in_the_morning(brand, chat):
    run = manifest.finished(brand / "reports")[0]
    events = notify.of_run(run)
    assert [e.kind for e in events] == ["critical"]  # no chapter ran in this run
    outcomes = tell([*events, the_report()], home=brand, now=NIGHT)
    assert {(o[1], o[3]) for o in outcomes} == {("critical", "sent"), ("report", "waiting")}
    assert tell([], home=brand, now=NIGHT)[0][3] == "waiting"
    morning = tell([], home=brand, now=dt.datetime(2026, 11, 17, 0, tzinfo=dt.UTC))
    assert {(o[1], o[3]) for o in morning} == {("report", "sent")}


@pytest.mark.parametrize(
    "clock, quiet", [("21:59", False), ("22:00", True), ("07:59", True), ("08:00", False)]
)
def test_quiet_hours_pass_midnight_and_end_open(clock, quiet):
    zone = config.ZoneInfo("Asia/Shanghai")
    reader = Reader("r", "E", "en", (), (dt.time(22), dt.time(8)))
    at = dt.datetime.combine(dt.date(2026, 11, 16), dt.time.fromisoformat(clock), zone)
    assert is_quiet(reader, at, zone) is quiet
    day = Reader("r", "E", "en", (), (dt.time(12), dt.time(13)))
    assert not is_quiet(day, at, zone)


def test_no_secret_is_written_anywhere(brand, chat, caplog, capfd):
    chat.broken = True
    tell([the_report()], home=brand, now=NOON)
    kept = b"".join(p.read_bytes() for p in brand.rglob("*") if p.is_file())
    out, err = capfd.readouterr()
    for secret in (SECRET, TOKEN, KEY, "TIiajkdnlazkcOXrIdevi7FQ"):
        assert secret.encode() not in kept
        assert secret not in caplog.text + out + err
    assert (brand / "data" / "private" / "notify.json").stat().st_mode & 0o77 == 0


def test_an_address_in_the_settings_is_refused_and_mistakes_are_named(brand):
    file = brand / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('url_env = "OPS_DING"', f'url_env = "{URLS["OPS_DING"]}"'))
    with pytest.raises(AccessError, match="environment") as caught:
        notify.readers(config.settings(brand))
    assert SECRET not in str(caught.value)
    file.write_text(text.replace('url_env = "OPS_DING"', 'url_env = "OPS_DING", to = "x"'))
    with pytest.raises(ConfigError, match=r"notify.readers\[1\].to"):
        notify.readers(config.settings(brand))
    file.write_text(text.replace('end = "08:00"', 'end = "8 am"'))
    with pytest.raises(ConfigError, match="quiet_hours"):
        notify.readers(config.settings(brand))


def test_a_reader_without_an_address_waits_and_is_named(brand, chat, monkeypatch):
    monkeypatch.delenv("OPS_WECOM")
    outcomes = {o[0]: o[3] for o in tell([the_report()], home=brand, now=NOON)}
    assert outcomes["OPS_WECOM"] == "no_address"
    monkeypatch.setenv("OPS_WECOM", URLS["OPS_WECOM"])
    assert [(o[0], o[3]) for o in tell([], home=brand, now=NOON)] == [("OPS_WECOM", "sent")]


def test_failed_chapters_and_stale_sources_become_events(brand):
    settings = config.settings(brand)
    chapter = manifest.ChapterResult(6, "06_ads", "Ads", "failed", 1.0, {}, error="ValueError: x")
    good = manifest.ChapterResult(7, "07", "Indicators", "ok", 1.0, {})
    run = write_run(brand, "zh-Hans", [], "2026-11-17T01:00:00+00:00")
    run = manifest.Manifest(**{**vars(run), "chapters": {6: chapter, 7: good}})
    failed, report = notify.of_run(run)
    assert (failed.kind, failed.values["error"]) == ("failed", "ValueError: x")
    assert (report.kind, report.values["period"]) == ("report", PERIOD)
    title, text, *_ = notify.message(settings, failed, "zh-Hans")
    assert title == "南山茶事（示例）：第 6 章运行失败（2026-W46）" and "ValueError: x" in text

    class Loaded:
        def batches(self):
            import pandas as pd

            return pd.DataFrame(
                {
                    "platform": ["weibo", "weibo", "douyin", ""],
                    "account_id": ["a1", "a1", "a2", ""],
                    "imported_at": pd.to_datetime(["2026-11-01", "2026-11-12", "2026-11-15", "2026-01-01"], utc=True),
                    "is_undone": [False, False, False, False],
                }
            )  # fmt: skip

    (stale,) = notify.of_stale(settings, Loaded(), NOON)
    assert (stale.values["platform"], stale.values["days"]) == ("weibo", 4)
    for language, word in (("en", "4 days"), ("zh-Hant", "4 天"), ("zh-Hans", "4 天")):
        assert word in notify.message(settings, stale, language)[0]
