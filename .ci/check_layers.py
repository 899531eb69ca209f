#!/usr/bin/env python3
"""Checks that dependencies point one way: core <- policy <- actors <- cli.

Prints file:line for each include or word that a folder may not have.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Which layers each folder may include from.
MAY_INCLUDE = {
    "core": {"core"},
    "policy": {"core", "policy"},
    "actors": {"core", "policy", "actors"},
    "cli": {"core", "policy", "actors", "cli"},
}

# System headers that a layer may not see, with the reason.
FORBIDDEN_HEADERS = {
    "core": [(r"caf/", "core knows no CAF")],
    "policy": [
        (r"caf/", "policy knows no CAF"),
        (r"(sys/|unistd\.h|linux/|dirent\.h|poll\.h|spawn\.h|signal\.h)",
         "policy makes no system calls"),
        (r"(filesystem|fstream|thread)", "policy makes no system calls"),
    ],
    "actors": [],
    "cli": [(r"caf/", "the program loads no CAF")],
}

LOCKS = re.compile(
    r"std::(recursive_|shared_|timed_)*mutex|std::condition_variable"
    r"|std::(lock_guard|unique_lock|scoped_lock|shared_lock)"
    r"|pthread_(mutex|cond)_")
RAW_CALLS = re.compile(r"(?<![\w.>])(::)?(syscall|ioctl)\s*\(")
# The kernel edge: the only places with raw calls.
RAW_CALL_PLACES = ("core/linux/", "core/process/child_setup.cpp",
                   "core/process/tree_end.cpp", "core/notify/calls.cpp",
                   "core/keeper/small_libc.cpp")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def complaints(path, text):
    """Yields (line number, what is wrong) for one file."""
    layer = path.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            # cordon-lane is the one program with CAF.
            lane = path == "cli/lane_main.cpp"
            yield from ((number, why) for why in
                        include_complaints(layer, *found.groups(), lane))
            continue
        code = line.split("//")[0]
        if (layer == "actors" and not path.startswith("actors/lane")
                and LOCKS.search(code)):
            yield number, "no locks in actors/ outside the lane"
        if RAW_CALLS.search(code) and not path.startswith(RAW_CALL_PLACES):
            yield number, "raw system calls belong to core/linux"


def include_complaints(layer, kind, target, lane=False):
    if kind == '"':
        first = target.split("/")[0]
        if first in MAY_INCLUDE and first not in MAY_INCLUDE[layer]:
            yield f'{layer} may not include "{target}"'
    else:
        for pattern, why in FORBIDDEN_HEADERS[layer]:
            if re.match(pattern, target) and not lane:
                yield f"<{target}>: {why}"


def self_test():
    cases = [
        ("core/a.cpp", '#include "policy/plan.hpp"', True),
        ("core/a.cpp", '#include "core/base/result.hpp"', False),
        ("policy/a.cpp", "#include <unistd.h>", True),
        ("policy/a.cpp", "#include <cerrno>", False),
        ("cli/a.cpp", "#include <caf/all.hpp>", True),
        ("actors/a.cpp", "  std::mutex m;", True),
        ("actors/lane.cpp", "  std::mutex m;", False),
        ("actors/a.cpp", "// std::mutex is not used", False),
        ("cli/a.cpp", "  ::syscall(39);", True),
        ("core/linux/a.hpp", "  ::syscall(39);", False),
        ("cli/a.cpp", "  int list_syscalls(const arguments& words);", False),
    ]
    for path, text, expected in cases:
        if bool(list(complaints(path, text))) != expected:
            sys.exit(f"self-test: {path}: {text!r} should "
                     f"{'' if expected else 'not '}be refused")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    wrong = 0
    for layer in MAY_INCLUDE:
        for file in sorted((ROOT / layer).rglob("*.[ch]pp")):
            path = file.relative_to(ROOT).as_posix()
            for number, why in complaints(path, file.read_text()):
                print(f"{path}:{number}: {why}")
                wrong += 1
    return sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
