"""Where only Python is asked for, the modules that import Dagster are not even read."""

NEED_DAGSTER = ("test_definitions.py", "test_workers.py")


def pytest_ignore_collect(collection_path, config):
    if config.option.markexpr == "not system" and collection_path.name in NEED_DAGSTER:
        return True
    return None
