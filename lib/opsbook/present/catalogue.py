"""Keep the message catalogues whole: `python -m opsbook.present.catalogue --fill`.

Adds the Traditional form where only the Simplified one is written (OpenCC, character level, so
that the manual's own terms 賬號, 視頻, 數據 come out), and rewrites each file in a fixed layout.
"""

import argparse
import json

from opsbook.config import LANGUAGES, load_toml
from opsbook.present.language import catalogue_files


def fill(path):
    """Complete one catalogue file in place; returns the ids that were completed."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    entries, added = load_toml(path), []
    for key, forms in entries.items():
        if "zh-Hans" in forms and "zh-Hant" not in forms:
            forms["zh-Hant"] = _usual(convert(forms["zh-Hans"]))
            added.append(key)
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines = [*head, ""] if head else []
    for key, forms in entries.items():
        lines.append(f"[{json.dumps(key, ensure_ascii=False)}]")
        lines += [
            f"{name} = {json.dumps(forms[name], ensure_ascii=False)}"
            for name in LANGUAGES
            if name in forms
        ]
        lines.append("")
    text = "\n".join(lines)
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")
    return added


def _usual(text):
    """The character forms the manual uses where OpenCC prefers another."""
    for standard, usual in (
        ("羣", "群"),
        ("喫", "吃"),
        ("爲", "為"),
        ("裏", "裡"),
        ("啓", "啟"),
        ("覈", "核"),
    ):
        text = text.replace(standard, usual)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fill", action="store_true", help="add missing Traditional forms")
    options = parser.parse_args()
    for path in catalogue_files():
        added = fill(path) if options.fill else []
        missing = [
            f"{key}: {name}"
            for key, forms in load_toml(path).items()
            for name in LANGUAGES
            if not forms.get(name)
        ]
        print(f"{path.name}: {len(added)} added, {len(missing)} missing")
        for line in missing:
            print(f"  {line}")


if __name__ == "__main__":
    main()
