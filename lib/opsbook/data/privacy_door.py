"""People become keys at the door: a keyed hash on import, resolvable by the owner alone.

The key lies in <data>/private/person.key (made at first use, readable by its owner only); the
table key -> identifier lies beside it, and every look-up in it is logged.
"""

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from opsbook.errors import InputError

KEY = re.compile(r"^p_[0-9a-f]{24}$")


def private_folder(data):
    """The owner-only folder below a data folder, made where it is missing."""
    folder = Path(data) / "private"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _secret(data):
    file = private_folder(data) / "person.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    text = file.read_text().strip()
    if len(text) != 64:
        raise InputError(
            "does not hold a key of 64 hex digits.",
            where=str(file),
            remedy="Restore it from a backup: with another key, known people get new keys.",
        )
    return bytes.fromhex(text)


def hasher(data, platform):
    """A function: list of identifiers -> list of person keys (None for blanks).

    A text that already is a key stays. Identifiers are remembered in the owner-only table.
    """

    def hashed(identifiers):
        # Only now: a file without people needs no key.
        secret = _secret(data)
        keys, new = [], []
        for text in identifiers:
            plain = (text or "").strip()
            if not plain or plain in ("-", "--"):
                keys.append(None)
            elif KEY.match(plain):
                keys.append(plain)
            else:
                message = f"{platform}\x1f{plain}".encode()
                key = "p_" + hmac.new(secret, message, hashlib.sha256).hexdigest()[:24]
                keys.append(key)
                new.append((key, platform, plain))
        if new:
            _remember(data, new)
        return keys

    return hashed


def _people(data):
    file = private_folder(data) / "people.db"
    db = sqlite3.connect(file, timeout=60)
    file.chmod(0o600)
    db.execute(
        "create table if not exists people "
        "(person_key text primary key, platform text, identifier text)"
    )
    db.execute("create table if not exists lookups (person_key text, who text, why text, at text)")
    return db


def _remember(data, new):
    db = _people(data)
    try:
        with db:
            db.executemany("insert or ignore into people values (?, ?, ?)", new)
    finally:
        db.close()


def resolve(data, person_key, *, who, why):
    """(platform, identifier) behind a person key, or None; the look-up is logged with its reason."""
    db = _people(data)
    try:
        with db:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            db.execute("insert into lookups values (?, ?, ?, ?)", (person_key, who, why, at))
        return db.execute(
            "select platform, identifier from people where person_key = ?", (person_key,)
        ).fetchone()
    finally:
        db.close()


def forget(data, person_key):
    """Take a person out of the resolution table; True where they were in it."""
    db = _people(data)
    try:
        with db:
            gone = db.execute("delete from people where person_key = ?", (person_key,)).rowcount
        db.execute("vacuum")
        return gone > 0
    finally:
        db.close()
