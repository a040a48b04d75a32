"""Who gets where: every route for every role, sessions that end, guesses that are slowed."""

import json
import re
import time

import pytest
from tornado.web import create_signed_value

from opsbook.publish.dashboard import access
from opsbook.publish.dashboard.guesses import FREE, LONGEST, Guesses
from tests.publish.conftest import make_home
from tests.publish.serving import Visitor, serving

KERNEL = "0a1b2c3d-0000-4000-8000-0123456789ab"
SIGNED_IN, EDITORS, NOBODY = {"viewer", "editor"}, {"editor"}, set()
# method, path, who gets through. Everything that the server answers is in this list (last test).
MATRIX = [
    ("GET", "/", SIGNED_IN),
    ("GET", "/chapter/6", SIGNED_IN),
    ("GET", "/chapter/6/live", SIGNED_IN),
    ("GET", "/api/offers", SIGNED_IN),
    ("GET", "/desk", SIGNED_IN),
    ("GET", "/search?q=tea", SIGNED_IN),
    ("GET", "/report/{run}/06_ads.html", SIGNED_IN),
    ("GET", "/report/{run}/06_ads.ipynb", NOBODY),
    ("GET", "/report/{run}/..%2F..%2F..%2F..%2Fdata%2Fprivate%2Faccess.json", NOBODY),
    ("GET", "/logo", NOBODY),
    ("GET", "/voila/render/06_ads.ipynb", SIGNED_IN),
    ("GET", "/voila/render/..%2Fdata%2Fworkbook.toml", NOBODY),
    ("POST", "/api/write", EDITORS),
    ("GET", f"/api/kernels/{KERNEL}", NOBODY),
    ("GET", f"/api/kernels/{KERNEL}/channels", NOBODY),
    ("POST", f"/voila/api/shutdown/{KERNEL}", NOBODY),
    ("GET", "/voila/files/06_ads.ipynb", NOBODY),
    ("GET", "/api/contents/06_ads.ipynb", NOBODY),
    ("GET", "/static/opsbook/..%2F..%2F..%2Fdata%2Fprivate%2Faccess.json", NOBODY),
    ("GET", "/metrics", NOBODY),
    ("GET", "/api/terminals", NOBODY),
    ("GET", "/lab", NOBODY),
]
FINDING = {"kind": "finding", "finding_id": "F1"}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory):
    from opsbook.publish.run import run

    home = make_home(tmp_path_factory.mktemp("matrix") / "brand", 6)
    made = run("all", home=home, formats=("html",))
    people = access.People(home / "data" / "private")
    people.add_password("wu", "viewer", "tea at four")
    tokens = {role: people.add_token(role, role) for role in access.ROLES}
    with serving(home) as (address, _):
        run_id = f"{made.period}~{made.language}~{made.folder.name}"
        yield {"home": home, "address": address, "tokens": tokens, "run": run_id, "people": people}


@pytest.fixture(scope="module")
def visitors(dashboard):
    signed_in = {r: Visitor(dashboard["address"], dashboard["tokens"][r]) for r in access.ROLES}
    return {"anonymous": Visitor(dashboard["address"]), **signed_in}


@pytest.mark.parametrize("role", ["anonymous", "viewer", "editor"])
@pytest.mark.parametrize(("method", "path", "who"), MATRIX, ids=[f"{m} {p}" for m, p, _ in MATRIX])
def test_every_route_lets_its_roles_through_and_no_other(dashboard, visitors, role, method, path, who):  # fmt: skip
    visitor = visitors[role]
    path = path.format(run=dashboard["run"])
    if method == "GET":
        status, headers, text = visitor.get(path)
    elif role == "anonymous":
        status, headers, text = visitor.post(path, FINDING)
    elif path == "/api/write":
        status, headers, text = visitor.write(FINDING)
    else:
        xsrf = re.search(r'name="xsrf" content="([^"]+)"', visitor.get("/desk")[2])[1]
        status, headers, text = visitor.post(path, {}, **{"X-XSRFToken": xsrf})
    if role in who:
        assert status == 200, (status, text[:300])
    else:
        assert status in (302, 400, 403, 404, 405), (status, text[:300])
        assert status != 302 or headers["Location"].startswith("/login")
        assert "06_ads" not in text or role != "anonymous"
    assert "Traceback" not in text


def test_headers_of_every_page(visitors):
    for path in ("/", "/chapter/6", "/desk", "/login", "/search?q=a"):
        _, headers, _ = visitors["viewer" if path != "/login" else "anonymous"].get(path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy, path
        assert "frame-ancestors 'self'" in policy and "base-uri 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"


def _with(dashboard, value, version=2, secret=None, days=0):
    people = dashboard["people"]
    clock = (lambda: time.time() - days * 86400) if days else None
    signed = create_signed_value(secret or people.cookie_secret(), "opsbook-session", value, version=version, clock=clock)  # fmt: skip
    return Visitor(dashboard["address"]).get("/", Cookie=f"opsbook-session={signed.decode()}")[0]


def test_sessions_expire_and_end_with_the_token_and_cannot_be_forged(dashboard):
    people = dashboard["people"]
    good = json.dumps({"username": "wu", "stamp": people.stamp("wu")})
    assert _with(dashboard, good) == 200
    assert _with(dashboard, good, days=access.SESSION_DAYS - 1) == 200
    assert _with(dashboard, good, days=access.SESSION_DAYS + 1) == 302
    assert _with(dashboard, good, secret=b"guessed") == 302
    assert _with(dashboard, json.dumps({"username": "wu"})) == 302
    assert _with(dashboard, json.dumps({"username": "boss", "stamp": people.stamp("boss")})) == 302
    people.add_password("wu", "viewer", "another tea")
    assert _with(dashboard, good) == 302
    people.add_password("wu", "viewer", "tea at four")


def test_guessing_is_slowed_and_then_refused(dashboard):
    """Last in this file: the address that guesses is this machine's."""
    visitor = Visitor(dashboard["address"])
    seen = [visitor.get("/?token=" + "x" * n)[0] for n in range(10, 10 + FREE + 1)]
    assert set(seen) == {302}
    # now even the right token has to wait
    status, headers, _ = visitor.get(f"/?token={dashboard['tokens']['viewer']}")
    assert status == 302 and headers["Location"].startswith("/login")
    time.sleep(3)
    assert visitor.get(f"/?token={dashboard['tokens']['viewer']}")[1]["Location"] == "/"


def test_the_wait_doubles_and_is_forgotten():
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(FREE):
        guesses.wrong("a")
    assert guesses.wait("a") == 0
    waits = []
    for _ in range(12):
        guesses.wrong("a")
        waits.append(guesses.wait("a"))
    assert waits == [min(2**n, LONGEST) for n in range(1, 13)]
    assert guesses.wait("b") == 0
    now[0] += LONGEST + 1
    assert guesses.wait("a") == 0
    guesses.wrong("a")
    guesses.right("a")
    assert guesses.wait("a") == 0


def test_the_matrix_names_every_route():
    from opsbook.publish.dashboard import pages

    paths = [p.split("?")[0].format(run="r") for _, p, _ in MATRIX]
    for pattern, *_ in pages.handlers():
        own = pattern != r"/static/opsbook/([^/]+)"  # style and scripts, open to all
        assert not own or any(re.fullmatch(pattern, path) for path in paths), pattern
