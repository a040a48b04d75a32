"""Small books to show things with."""

from tests.chapters.conftest import tiny_book, tiny_home  # noqa: F401
