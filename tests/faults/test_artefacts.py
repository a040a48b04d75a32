"""What is handed on: no person, no secret, and nothing that strangers wrote executes.

OPSBOOK_AUDIT=all runs every chapter in three languages (`make soak`); otherwise the chapters that
read what people wrote, in one.
"""

import io
import os
import re
import sqlite3
import tarfile
import time
import zipfile

import openpyxl
import pypdf
import pytest
from typer.testing import CliRunner

from opsbook import Store, run, shared
from opsbook.cli import app
from opsbook.config import LANGUAGES
from opsbook.data import privacy_door
from opsbook.publish.backup import backup
from opsbook.publish.dashboard.access import People
from opsbook.publish.handover import hand_over
from tests.faults import hostile_text
from tests.faults.conftest import imported
from tests.publish.serving import Visitor, serving

AUDIT = os.environ.get("OPSBOOK_AUDIT", "")
SECRET = "s3cret-of-the-environment-7731"
PRIVATE = ("data/private", "data/raw", "data/quarantine", "data/store", "data/sample")
# The forms of personal data that the sample plants in comments and messages.
PLANTED = re.compile(
    r"138\d{8}|\d{17}[\dX]|\d{19}|[a-z]+\d+\.test@mail\.example|示例路\d+号3栋\d+室|沪A·\w+"
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workbook with the sample, hostile texts in it, its runs and hand-overs: (home, token)."""
    folder = tmp_path_factory.mktemp("artefacts")
    home = imported(folder / "brand", hostile_text.poisoned(folder / "inbox"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPSBOOK_HOME", str(home))
        patch.setenv("OPSBOOK_NOTIFY_MANAGER", f"json://user:{SECRET}@127.0.0.1:9/")
        token = People(home / "data" / "private").add_token("lin", "editor")
        formats = ("html", "pdf", "docx", "xlsx") if AUDIT else ("html", "docx", "xlsx")
        for language in LANGUAGES if AUDIT else ("zh-Hans",):
            run("all" if AUDIT else "3,8", home=home, language=language, formats=formats)
        for target in ("asana", "ics", "xlsx", "docx", "onepager", "powerbi"):
            hand_over(target, home / "handover", home=home, language="zh-Hans")
        backup(home / "backups" / "brand.tar.gz.age", home=home)
    return home, token


def identifiers(home):
    """Every identifier that a person came in with, and all that the sample plants in texts."""
    db = sqlite3.connect(home / "data" / "private" / "people.db")
    found = {text for (text,) in db.execute("select identifier from people") if len(text) > 7}
    db.close()
    store = Store(home / "data" / "store")
    texts = [*store.frame("comments")["text"], *store.frame("messages")["text"]]
    planted = {hit for text in texts for hit in PLANTED.findall(str(text))}
    assert len(found) > 500 and len(planted) >= 8
    return found, planted


def contents(path):
    """(name, text) of a file, of an archive's parts and of a PDF's pages."""
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.namelist():
                yield f"{path.name}/{part}", parts.read(part).decode("utf-8", "replace")
    elif data[:2] == b"\x1f\x8b":
        with tarfile.open(path) as parts:
            for part in parts:
                yield (
                    f"{path.name}/{part.name}",
                    parts.extractfile(part).read().decode("utf-8", "replace"),
                )
    elif data[:4] == b"%PDF":
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        yield path.name, "\n".join(page.extract_text() for page in pages)
        yield path.name, data.decode("latin-1")
    else:
        yield path.name, data.decode("utf-8", "replace")


def handed_on(home):
    """Every file outside of the owner's private folders."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.relative_to(home).as_posix().startswith(PRIVATE):
            yield path


def test_no_identifier_and_no_secret_in_anything_that_is_handed_on(finished):
    home, token = finished
    people, planted = identifiers(home)
    secrets = [
        token,
        SECRET,
        (home / "data" / "private" / "person.key").read_text().strip(),
        People(home / "data" / "private").known()["lin"]["token"],
    ]
    words = re.compile(r"[^\s\"'<>,;:()\[\]{}&|\\]{6,64}")
    leaks, count, kinds = [], 0, set()
    for path in handed_on(home):
        count += 1
        kinds.add(path.suffix)
        for name, text in contents(path):
            leaks += [(name, p) for p in planted if p in text]
            leaks += [(name, "a secret") for s in secrets if s in text]
            leaks += [(name, w) for w in set(words.findall(text)) & people]
    print({"files": count, "identifiers": len(people) + len(planted)})
    assert {".ipynb", ".html", ".docx", ".xlsx", ".ics", ".csv", ".json", ".age"} <= kinds
    assert not AUDIT or ".pdf" in kinds
    assert leaks == []


def test_nothing_that_strangers_wrote_executes_where_it_is_read(finished):
    home, _ = finished
    seen, faults = 0, []
    for path in handed_on(home):
        said, found = hostile_text.faults(path)
        seen += said
        faults += found
    assert faults == []
    assert seen > 20  # the hostile texts did get as far as the artefacts


def test_the_check_of_hostile_texts_finds_what_it_looks_for(tmp_path):
    for text in ("<p><img src=x onerror=window.pwned=1></p>", "<p><a href='javascript:pwned'>x</a></p>", "<p><script>window.pwned=1</script></p>"):  # fmt: skip
        (tmp_path / "a.html").write_text(text)
        assert hostile_text.faults(tmp_path / "a.html")[1]
    book = openpyxl.Workbook()
    book.active["A1"] = '=HYPERLINK("http://evil.example","x")'
    book.save(tmp_path / "a.xlsx")
    assert hostile_text.faults(tmp_path / "a.xlsx")[1]
    (tmp_path / "a.csv").write_text('a,"=HYPERLINK(""http://evil.example"")"\n')
    assert hostile_text.faults(tmp_path / "a.csv")[1]


def test_the_audit_finds_what_it_looks_for(finished, tmp_path):
    """The test above can fail: a planted number in a workbook file, a page and a PDF part is seen."""
    _, planted = identifiers(finished[0])
    one = sorted(planted)[0]
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("xl/sharedStrings.xml", f"<t>{one}</t>")
    (tmp_path / "a.html").write_text(one)
    assert all(any(one in t for _, t in contents(p)) for p in tmp_path.iterdir())


def test_the_tables_name_people_by_key_alone(finished):
    home, _ = finished
    people, _ = identifiers(home)
    store = Store(home / "data" / "store")
    for name in ("comments", "messages", "orders", "reposts", "mentions", "tickets"):
        frame = store.frame(name)
        for column in frame.select_dtypes(["object", "string"]):
            if column not in ("text", "reply_text", "source_file"):
                both = set(frame[column].dropna().astype(str)) & people
                assert not both, (name, column, sorted(both)[:3])


def test_private_folders_are_the_owners_alone(finished):
    home, _ = finished
    for name in ("private", "raw"):
        folder = home / "data" / name
        assert folder.stat().st_mode & 0o077 == 0
        loose = [p.name for p in folder.iterdir() if p.stat().st_mode & 0o077]
        assert loose == []


def test_every_resolution_of_a_pseudonym_is_logged(finished):
    home, _ = finished
    key, _ = buyer(home)
    assert privacy_door.resolve(home / "data", key, who="lin", why="complaint 7")
    assert privacy_door.resolve(home / "data", "p_" + "0" * 24, who="wu", why="guess") is None
    db = sqlite3.connect(home / "data" / "private" / "people.db")
    rows = db.execute("select person_key, who, why, at from lookups order by at").fetchall()
    db.close()
    assert [(k, w, y) for k, w, y, _ in rows] == [(key, "lin", "complaint 7"), ("p_" + "0" * 24, "wu", "guess")]  # fmt: skip
    assert all(at for *_, at in rows)


def buyer(home):
    """(key, identifier) of somebody who has bought."""
    bought = set(Store(home / "data" / "store").frame("orders")["person_key"].dropna())
    db = sqlite3.connect(home / "data" / "private" / "people.db")
    rows = db.execute("select person_key, identifier from people order by 1").fetchall()
    db.close()
    return next((k, i) for k, i in rows if k in bought and len(i) > 7)


def test_an_erased_person_is_in_no_frame_that_a_running_dashboard_keeps(finished):
    home, token = finished
    store = Store(home / "data" / "store")
    kept = shared.root(store.path)
    commented = store.frame("comments")["person_key"].dropna().unique()

    def bytes_kept():
        return b"".join(p.read_bytes() for p in kept.rglob("*") if p.is_file())

    with serving(home) as (address, _):
        reader = Visitor(address, token)
        assert reader.get("/chapter/3/live?language=en")[0] == 200
        before = bytes_kept()
        key = next(k for k in commented if k.encode() in before)
        assert kept.stat().st_mode & 0o077 == 0
        assert CliRunner().invoke(app, ["erase", key, "--home", str(home)]).exit_code == 0
        assert bytes_kept() == b""
        time.sleep(6)  # the dashboard asks for the data's state every five seconds
        status, _, page = reader.get("/chapter/3/live?language=en")
        assert status == 200 and key not in page
        after = bytes_kept()
        assert after and key.encode() not in after
        assert key not in reader.get("/chapter/3?language=en")[2]
    assert not kept.exists()


def test_an_erased_person_is_in_no_table_no_raw_file_and_no_cache(finished):
    home, _ = finished
    key, identifier = buyer(home)
    orders = Store(home / "data" / "store").frame("orders")
    done = CliRunner().invoke(app, ["erase", key, "--home", str(home)])
    assert done.exit_code == 0, done.output
    assert f"orders: {(orders['person_key'] == key).sum()}" in done.output
    store = Store(home / "data" / "store")
    for name in ("comments", "messages", "orders", "reposts"):
        assert not (store.frame(name) == key).any().any()
    kept = [p for n in ("raw", "quarantine", "private") for p in (home / "data" / n).rglob("*")]
    assert not [p for p in kept if p.is_file() and identifier.encode() in p.read_bytes()]
    said = CliRunner().invoke(app, ["resolve", key, "--who", "lin", "--why", "after", "--home", str(home)])  # fmt: skip
    assert said.exit_code == 1 and "nobody" in said.output
    assert not any((home / "reports" / ".cache").glob("*"))
