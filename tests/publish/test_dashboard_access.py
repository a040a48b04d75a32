"""Who may come in, and what is kept of tokens and passwords."""

import json
import stat

import pytest

from opsbook.errors import AccessError, ConfigError
from opsbook.publish.dashboard import access


class Given:
    """Settings with an [access] section."""

    def __init__(self, home, **section):
        self.home, self.sections = home, {"access": section}


def test_a_token_is_kept_as_a_hash_in_a_private_file(tmp_path):
    people = access.People(tmp_path)
    token = people.add_token("lin", "editor")
    stored = (tmp_path / access.FILE).read_text()
    assert token not in stored
    assert json.loads(stored)["lin"]["role"] == "editor"
    assert stat.S_IMODE((tmp_path / access.FILE).stat().st_mode) == 0o600


def test_a_token_lets_its_owner_in_and_nobody_else(tmp_path):
    people = access.People(tmp_path)
    first, second = people.add_token("lin", "editor"), people.add_token("wu", "viewer")
    assert people.by_token(first) == "lin"
    assert people.by_token(second) == "wu"
    assert people.by_token(first[:-1]) is None
    assert people.by_token("") is None


def test_a_new_token_replaces_the_old_one(tmp_path):
    people = access.People(tmp_path)
    old = people.add_token("lin", "editor")
    people.add_token("lin", "editor")
    assert people.by_token(old) is None


def test_a_password_is_checked_against_its_hash(tmp_path):
    people = access.People(tmp_path)
    people.add_password("wu", "viewer", "tea at four")
    assert "tea at four" not in (tmp_path / access.FILE).read_text()
    assert people.by_password("wu", "tea at four") == "wu"
    assert people.by_password("wu", "tea at five") is None
    assert people.by_password("lin", "tea at four") is None


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [("wu", "viewer", "short"), ("wu", "owner", "long enough"), ("", "viewer", "long enough")],
)
def test_a_wrong_entry_is_refused(tmp_path, name, role, password):
    with pytest.raises(AccessError):
        access.People(tmp_path).add_password(name, role, password)


def test_a_removed_person_cannot_come_back_by_cookie(tmp_path):
    people = access.People(tmp_path)
    people.add_token("lin", "editor")
    identity = access.Identity(people=people, rules=access.Rules({}))
    cookie = identity.user_to_cookie(access.person("lin"))
    assert identity.user_from_cookie(cookie).username == "lin"
    people.remove("lin")
    assert identity.user_from_cookie(cookie) is None


def test_the_role_of_the_settings_wins(tmp_path):
    people = access.People(tmp_path)
    people.add_token("lin", "editor")
    rules = access.Rules({"lin": "viewer", "mei": "editor"})
    identity = access.Identity(people=people, rules=rules)
    assert identity.role("lin") == "viewer"
    assert identity.role("mei") == "editor"
    assert identity.role("stranger") == "viewer"


def test_a_proxy_header_counts_only_from_a_listed_address(tmp_path):
    class Request:
        headers, remote_ip = {"X-User": "mei"}, "10.0.0.9"

    class Handler:
        request = Request()

    rules = access.Rules({}, "X-User", ("10.0.0.1",))
    identity = access.Identity(people=access.People(tmp_path), rules=rules)
    assert identity._of_proxy(Handler()) is None
    Request.remote_ip = "10.0.0.1"
    assert identity._of_proxy(Handler()).username == "mei"


def test_a_header_without_proxies_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match=r"access\.proxies"):
        access.rules(Given(tmp_path, header="X-User"))


def test_an_unknown_role_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match="boss"):
        access.rules(Given(tmp_path, roles={"lin": "boss"}))
