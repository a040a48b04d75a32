"""Who may see and do what on the dashboard: tokens, passwords, a proxy's header; two roles.

Nobody is let in without one of them. Tokens and passwords lie hashed in data/private/access.json
(readable by the owner only); which person is an editor is said by `[access.roles]` of workbook.toml.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from jupyter_server.auth import Authorizer, IdentityProvider, User
from jupyter_server.auth.security import passwd, passwd_check
from traitlets import Any, Instance

from opsbook.errors import AccessError, ConfigError
from opsbook.publish.dashboard.guesses import Guesses

ROLES = ("viewer", "editor")
FILE = "access.json"
SECRET = "cookie.secret"
SESSION_DAYS = 7  # after that a person logs in again, however often they came


@dataclass(frozen=True)
class Rules:
    """What workbook.toml's [access] says: how people come in and who is an editor.

    roles: name -> role. header: the proxy's header that names the person, trusted only from the
    addresses in `proxies`; empty for none.
    """

    roles: dict
    header: str = ""
    proxies: tuple = ()


def rules(settings):
    """The Rules of a workbook; ConfigError names the key that is wrong."""
    given = settings.sections.get("access", {})
    file = settings.home / "data" / "workbook.toml"
    roles = given.get("roles", {})
    for name, role in roles.items():
        if role not in ROLES:
            raise ConfigError(file, f"access.roles.{name}", f"is {role}, not one of {ROLES}.")
    header, proxies = given.get("header", ""), tuple(given.get("proxies", ()))
    if header and not proxies:
        raise ConfigError(
            file,
            "access.header",
            "is set without access.proxies: anyone could send the header.",
            remedy='List the proxy\'s address, such as proxies = ["127.0.0.1"].',
        )
    return Rules(dict(roles), header, proxies)


class People:
    """The names that may come in, each with its token or password, hashed, in a private file."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.file = self.folder / FILE

    def known(self):
        """Name -> {"role", "token" or "password"} as stored."""
        try:
            return json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def add_token(self, name, role):
        """A new token for a name (replaces its old one); shown once, kept as a hash."""
        _check(name, role)
        token = secrets.token_urlsafe(24)
        self._write({**self.known(), name: {"role": role, "token": _hash(token)}})
        return token

    def add_password(self, name, role, password):
        """Let a name in by password."""
        _check(name, role)
        if len(password) < 8:
            raise AccessError("The password is too short.", remedy="Give at least 8 characters.")
        self._write({**self.known(), name: {"role": role, "password": passwd(password)}})

    def remove(self, name):
        """Shut a name out; its sessions end at once."""
        left = self.known()
        if left.pop(name, None) is None:
            raise AccessError(
                f"{name} is not known.", remedy=f"Known: {', '.join(left) or 'none'}."
            )
        self._write(left)

    def by_token(self, token):
        """The name that a token belongs to, or None."""
        seen = _hash(token)
        for name, entry in self.known().items():
            if hmac.compare_digest(entry.get("token", ""), seen):
                return name
        return None

    def by_password(self, name, password):
        """The name where the password is right, or None."""
        entry = self.known().get(name, {})
        return name if entry.get("password") and passwd_check(entry["password"], password) else None

    def stamp(self, name):
        """A text that changes with a name's token or password, so that their sessions end with it."""
        entry = self.known().get(name, {})
        return _hash(entry.get("token", "") + entry.get("password", ""))[:16]

    def cookie_secret(self):
        """The key that signs session cookies; made at first use."""
        file = self.folder / SECRET
        if not file.exists():
            _private(file, secrets.token_bytes(32))
        return file.read_bytes()

    def _write(self, people):
        _private(self.file, json.dumps(people, ensure_ascii=False, indent=1).encode())


def _check(name, role):
    if role not in ROLES:
        raise AccessError(f"{role} is not a role.", remedy=f"Give one of {', '.join(ROLES)}.")
    if not name or not name.isprintable() or len(name) > 60:
        raise AccessError("The name must have 1 to 60 printable characters.")


def _hash(token):
    # A token has 192 random bits: a plain hash cannot be searched.
    return hashlib.sha256(str(token).encode()).hexdigest()


def _private(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}-{os.getpid()}")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    os.replace(aside, file)


class Identity(IdentityProvider):
    """Says who asks: by session cookie, by token, or by the header of a trusted proxy."""

    people = Any()
    rules = Any()
    settings = Any()
    guesses = Instance(Guesses, ())

    def role(self, name):
        """The role of a name; viewer unless workbook.toml or its token says otherwise."""
        stored = self.people.known().get(name, {}).get("role", "viewer")
        return self.rules.roles.get(name, stored)

    def get_token(self, handler):
        """The token in the URL's query or the Authorization header."""
        return super().get_token(handler)

    async def get_user_token(self, handler):
        token = self.get_token(handler)
        name = self._tried(handler, self.people.by_token, token) if token else None
        return person(name) if name else self._of_proxy(handler)

    def _tried(self, handler, check, *given):
        """check's name, or None; an address that guesses is not even checked for a while."""
        address = handler.request.remote_ip
        if self.guesses.wait(address):
            return None
        name = check(*given)
        if name is None:
            self.guesses.wrong(address)
        else:
            self.guesses.right(address)
        return name

    def user_to_cookie(self, user):
        return json.dumps({"username": user.username, "stamp": self.people.stamp(user.username)})

    def user_from_cookie(self, cookie_value):
        about = json.loads(cookie_value)
        name, stamp = about["username"], str(about.get("stamp", ""))
        if name not in self.people.known():
            return None
        return person(name) if hmac.compare_digest(stamp, self.people.stamp(name)) else None

    def process_login_form(self, handler):
        """The person whose token, or name and password, the form holds; None where it is wrong."""
        typed = handler.get_body_argument("password", "")
        given = handler.get_body_argument("name", "").strip()

        def check():
            return self.people.by_token(typed) or self.people.by_password(given, typed)

        name = self._tried(handler, check)
        return person(name) if name else None

    def _of_proxy(self, handler):
        if not self.rules.header or handler.request.remote_ip not in self.rules.proxies:
            return None
        name = handler.request.headers.get(self.rules.header, "").strip()
        return person(name) if name and len(name) <= 60 and name.isprintable() else None


def person(name):
    """A jupyter-server User of a name."""
    return User(username=name, name=name, display_name=name, initials=name[:1].upper())


class Gate(Authorizer):
    """Lets a person use only the kernels that were started for them, and editors write."""

    owners = Any()

    def is_authorized(self, handler, user, action, resource):
        if resource in ("kernels", "sessions"):
            kernel = getattr(handler, "path_kwargs", {}).get("kernel_id") or (
                handler.path_args[0] if getattr(handler, "path_args", None) else None
            )
            return kernel is not None and self.owners.get(kernel) == user.username
        if resource == "workbook" and action == "write":
            return self.identity_provider.role(user.username) == "editor"
        return resource in ("workbook", "server") and action == "read"
