"""What system tests need from the machine; a missing part fails with its remedy."""

import shutil
import sys
from pathlib import Path

PARTS = {
    "a browser": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "pdftoppm": (("pdftoppm",), "apt-get install poppler-utils"),
    "pdftotext": (("pdftotext",), "apt-get install poppler-utils"),
    "Redis": (("redis-server",), "apt-get install redis-server"),
    "PostgreSQL": (("postgres", "initdb"), "apt-get install postgresql"),
    "Java": (("java",), "apt-get install default-jre-headless"),
}


def path_of(*names):
    """Full path of the first command that is there, or None; Debian keeps postgres off the PATH."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
        for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    return None


def main():
    missing = [(what, remedy) for what, (names, remedy) in PARTS.items() if path_of(*names) is None]
    for what, remedy in missing:
        print(f"make test-system needs {what}. Remedy: {remedy}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
