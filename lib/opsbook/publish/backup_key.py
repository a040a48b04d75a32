"""The key of backups: made at the first one, kept outside the workbook, named by OPSBOOK_BACKUP_KEY.

Backups are age files (age-encryption.org/v1): with the key, `age --decrypt` opens one too.
"""

import os
from pathlib import Path

from opsbook.errors import ConfigError, InputError

VARIABLE = "OPSBOOK_BACKUP_KEY"
MARK = b"age-encryption.org/v1"


def file():
    """Where the key lies: the file that OPSBOOK_BACKUP_KEY names, else one in the user's settings."""
    given = os.environ.get(VARIABLE)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(given) if given else Path(base, "opsbook", "backup.key")


def seal(source, target):
    """Encrypt a file to the key, which is made where there is none yet; target is the owner's alone."""
    import pyrage

    to = [_made().to_public()]
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(source, "rb") as plain, os.fdopen(handle, "wb") as out:
        pyrage.encrypt_io(plain, out, to)


def unseal(source, target):
    """Decrypt a file; InputError where this key does not open it or the file is damaged."""
    import pyrage

    try:
        with open(source, "rb") as sealed, open(target, "wb") as out:
            if not sealed.read(len(MARK)) == MARK:
                raise InputError("is damaged or no backup.", where=str(source))
            sealed.seek(0)
            pyrage.decrypt_io(sealed, out, [_read(file())])
    except FileNotFoundError:
        raise InputError("is not there, or no backup.", where=str(source)) from None
    except (pyrage.DecryptError, OSError, ValueError) as error:
        raise InputError(
            f"cannot be opened with the key {file()}: {error}.",
            where=str(source),
            remedy=f"Name the key it was made with: {VARIABLE}=FILE. Or the file is damaged.",
        ) from None


def _made():
    place = file()
    if not place.exists():
        from pyrage import x25519

        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = place.with_name(f".{place.name}.{os.getpid()}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(f"{x25519.Identity.generate()}\n")
        try:
            os.link(aside, place)  # of two that make one at once, the first one's stands
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return _read(place)


def _read(place):
    from pyrage import IdentityError, x25519

    try:
        lines = place.read_text(encoding="utf-8").splitlines()
        return x25519.Identity.from_str(next(line.strip() for line in lines if line[:1] == "A"))
    except FileNotFoundError:
        raise ConfigError(
            place, "key", "is not there.", remedy=f"Name the key of the backup: {VARIABLE}=FILE."
        ) from None
    except (IdentityError, StopIteration, UnicodeError):
        raise ConfigError(place, "key", "is no age key (AGE-SECRET-KEY-...).") from None
