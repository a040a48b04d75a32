import subprocess
import sys

CODE = """
import sys
import opsbook.publish.run
import jsonschema
assert "lark" not in sys.modules, "the grammar was built at import"
check = jsonschema.Draft202012Validator({"format": "iri"}, format_checker=jsonschema.FormatChecker())
assert check.is_valid("https://example.org/茶")
assert "lark" in sys.modules
assert not check.is_valid("not an iri")
print("fine")
"""


def test_the_slow_import_waits_until_it_is_needed_and_then_works():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.stdout.strip() == "fine", done.stderr
