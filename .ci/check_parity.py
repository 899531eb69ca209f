#!/usr/bin/env python3
"""Checks that every test that docs/parity.md names exists, by its whole title."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def titles():
    """The titles of all test cases; long ones are written in parts."""
    for path in sorted((ROOT / "tests").rglob("*.cpp")):
        for parts in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)',
                                path.read_text()):
            yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', parts))


def main():
    known = set(titles())
    page = (ROOT / "docs/parity.md").read_text()
    missing = sorted(set(re.findall("“([^”]*)”", page)) - known)
    for title in missing:
        print(f"docs/parity.md: no test is called “{title}”")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
