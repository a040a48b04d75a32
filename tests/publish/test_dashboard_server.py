"""The dashboard over HTTP and websocket: access, first paint, live lines, what is never served."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
import websocket

from tests.publish.conftest import make_home
from tests.publish.serving import Visitor, serving


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory):
    from opsbook.publish.run import run

    home = make_home(tmp_path_factory.mktemp("served") / "brand", 6)
    manifest = run("all", home=home, language="en", formats=("html",))
    with serving(home) as (address, tokens):
        yield {"home": home, "address": address, "tokens": tokens, "manifest": manifest}


@pytest.fixture(scope="module")
def editor(dashboard):
    return Visitor(dashboard["address"], dashboard["tokens"]["editor"])


@pytest.fixture(scope="module")
def viewer(dashboard):
    return Visitor(dashboard["address"], dashboard["tokens"]["viewer"])


KERNEL = "0a1b2c3d-0000-4000-8000-0123456789ab"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/chapter/6",
        "/chapter/6/live",
        "/api/offers",
        "/desk",
        "/search?q=a",
        "/voila/render/06_ads.ipynb",
        f"/api/kernels/{KERNEL}",
        f"/api/kernels/{KERNEL}/channels",
        "/report/x/06_ads.html",
    ],
)
def test_a_stranger_is_let_in_nowhere(dashboard, path):
    status, headers, text = Visitor(dashboard["address"]).get(path)
    assert status in (302, 403)
    assert status == 403 or headers["Location"].startswith("/login")
    assert "svg" not in text


def test_a_wrong_token_is_no_token(dashboard):
    status, headers, _ = Visitor(dashboard["address"]).get("/?token=" + "x" * 32)
    assert (status, headers["Location"][:6]) == (302, "/login")


def test_the_token_leaves_the_address_and_the_cookie_is_guarded(editor):
    status, headers, _ = editor.entry
    assert (status, headers["Location"]) == (302, "/")
    session = next(c for c in headers.get_all("Set-Cookie") if c.startswith("opsbook-session"))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session


def test_a_second_start_shows_no_token(dashboard):
    with serving(dashboard["home"]) as (_, tokens):
        assert tokens == {}


def test_the_page_is_painted_from_the_last_report(editor):
    status, headers, text = editor.get("/chapter/6")
    assert status == 200
    assert "<svg" in text
    assert "As of" in text
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+https?://", text)


def test_live_lines_end_and_are_kept_for_the_next_viewer(editor, viewer):
    path = "/chapter/6/live?language=zh-Hans"
    first = [json.loads(line) for line in editor.get(path)[2].splitlines()]
    again = [json.loads(line) for line in viewer.get(path)[2].splitlines()]
    assert first[-1]["end"]
    assert first[-1]["errors"] == 0
    assert again[-1]["kept"]
    assert [x["html"] for x in first[:-1]] == [x["html"] for x in again[:-1]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("perod=2026-W40", "Did you mean period"),
        ("period=2026-W99", "2026-W99"),
        ("language=fr", "fr"),
    ],
)
def test_a_wrong_parameter_gets_a_message_and_the_usual_figures(editor, query, said):
    status, _, text = editor.get(f"/chapter/6?{query}")
    assert status == 400
    assert said in text
    assert "<svg" in text


def test_a_secret_in_the_query_is_refused_and_not_shown(editor):
    status, _, text = editor.get("/chapter/6?api_key=hush-hush")
    assert status == 400
    assert "must not hold a secret" in text


def test_a_viewer_reads_and_does_not_write(viewer):
    assert viewer.get("/chapter/6")[0] == 200
    status, _, text = viewer.write({"kind": "finding", "finding_id": "F1"})
    assert status == 403
    assert "Viewers can read" in text


def test_a_write_without_the_page_is_refused(editor):
    status, _, _ = editor.post("/api/write", {"kind": "finding", "finding_id": "F1"})
    assert status == 403


def test_an_editor_writes_under_their_own_name(editor):
    status, _, text = editor.write({"kind": "finding", "finding_id": "F1", "approved_by": "boss"})
    assert status == 200, text
    offers = json.loads(editor.get("/api/offers")[2])
    assert offers["acknowledged"]["F1"]["by"] == "editor"


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/06_ads.ipynb",
        "/voila/tree/",
        "/voila/api/contents/",
        "/api/contents/06_ads.ipynb",
        "/api/kernels",
        "/api/sessions",
        "/files/06_ads.ipynb",
        "/voila/render/../../data/private/access.json",
        "/static/opsbook/..%2F..%2Freport%2Freport.css",
    ],
)
def test_source_and_private_files_are_not_served(editor, path):
    assert editor.get(path)[0] in (400, 403, 404)


def test_a_report_is_served_and_its_notebook_is_not(dashboard, editor):
    manifest = dashboard["manifest"]
    run = f"{manifest.period}~en~{manifest.folder.name}"
    status, headers, _ = editor.get(f"/report/{run}/06_ads.html")
    assert status == 200
    assert "sandbox" in headers["Content-Security-Policy"]
    assert editor.get(f"/report/{run}/06_ads.ipynb")[0] == 404
    assert editor.get(f"/report/{run}/manifest.json")[0] == 404


def test_past_reports_are_searched_and_the_hit_leads_into_one(dashboard, editor):
    run = f"{dashboard['manifest'].period}~en~{dashboard['manifest'].folder.name}"
    _, _, text = editor.get("/search?q=click")
    link = re.search(rf'href="(/report/{re.escape(run)}/06_ads\.html)#([^"]+)"', text)
    assert re.search("<mark>click</mark>", text, re.IGNORECASE)
    assert f'id="{link[2]}"' in editor.get(link[1])[2]
    assert "<mark>" not in editor.get("/search?q=zzzyyyxxx")[2]


def test_the_portal_says_where_findings_are_in_another_language(editor):
    said = "还没有以简体中文运行过"
    assert said in editor.get("/?language=zh-Hans")[2]
    assert said in editor.get("/desk?language=zh-Hans")[2]
    assert "Not every chapter has been run" not in editor.get("/?language=en")[2]


def test_an_error_page_has_no_trace(editor):
    status, _, text = editor.get("/chapter/77")
    assert status == 404
    assert "Traceback" not in text


def test_voila_serves_the_notebook_and_its_kernel_obeys_only_its_owner(dashboard, editor, viewer):
    status, _, text = viewer.get("/voila/render/06_ads.ipynb?language=en")
    assert status == 200
    assert dashboard["tokens"]["viewer"] not in text
    assert "open_chapter" not in text
    kernel = re.search(r'"kernelId": "([0-9a-f-]{36})"', text)[1]
    assert _replies(dashboard, viewer, kernel, "kernel_info_request") == ["kernel_info_reply"]
    assert _replies(dashboard, viewer, kernel, "execute_request") == []
    for stranger in (editor, Visitor(dashboard["address"])):
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            _replies(dashboard, stranger, kernel, "kernel_info_request")


def test_two_people_at_once_each_get_their_own_kernel(editor, viewer):
    def open_page(visitor):
        text = visitor.get("/voila/render/06_ads.ipynb?language=en")[2]
        return re.search(r'"kernelId": "([0-9a-f-]{36})"', text)[1]

    people = (editor, viewer)
    with ThreadPoolExecutor(2) as both:
        of_editor, of_viewer = both.map(open_page, people)
    seen = [[p.get(f"/api/kernels/{k}")[0] for p in people] for k in (of_editor, of_viewer)]
    assert seen == [[200, 403], [403, 200]]


def _replies(dashboard, visitor, kernel, kind):
    """Reply types that a request on a kernel's shell channel gets within three seconds."""
    address = dashboard["address"].replace("http", "ws") + f"/api/kernels/{kernel}/channels"
    about = {"msg_id": "m1", "msg_type": kind, "username": "", "session": "s1", "version": "5.3"}
    message = {
        "header": about,
        "parent_header": {},
        "metadata": {},
        "content": {"code": "1+1", "silent": False} if kind == "execute_request" else {},
        "channel": "shell",
        "buffers": [],
    }
    replies = []
    with closing(
        websocket.create_connection(
            f"{address}?session_id=s1",
            cookie=visitor.cookies,
            origin=dashboard["address"],
            http_no_proxy=["127.0.0.1"],
            timeout=3,
        )
    ) as socket:
        socket.send(json.dumps(message))
        with suppress(
            websocket.WebSocketTimeoutException, websocket.WebSocketConnectionClosedException
        ):
            while heard := json.loads(socket.recv()):
                own = heard["parent_header"].get("msg_id") == "m1"
                if own and heard["channel"] == "shell":
                    replies.append(heard["msg_type"])
    return replies
