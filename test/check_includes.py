#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include "..." against the list of rooms in docs/architecture.md.

A room that others build on also does not speak of them: no word of UNSPOKEN stands
in any of its files.
"""
import re
import sys

import rooms as house

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
UNSPOKEN = {"upstream": re.compile(r"\b(registrations?|debts?|holdings?)\b")}
FOLDERS = ["src", "sim", "practice", "bench", "test"]


def files():
    for folder in FOLDERS:
        for path in sorted((house.ROOT / folder).rglob("*.[ch]")):
            yield path


def as_included(path):
    """The path as an include would write it: rooted at src/, or at the root."""
    name = str(path.relative_to(house.ROOT))
    return name[len("src/"):] if name.startswith("src/") else name


def judge(name, included, rooms):
    """What is wrong with this include, or None."""
    here = house.room_of(name, rooms)
    there = house.room_of(included, rooms)
    is_test = re.search(r"_(test|fuzz)\.c$", name)

    if here is None:
        return "stands in no room of docs/architecture.md"
    if there is None:
        return f'includes "{included}", which is in no room; includes are rooted at src/'
    if there in (here, "base") or (is_test and there.startswith("test/kit")):
        return None
    allowed = rooms[here][1]
    if there in allowed or "*" in allowed:
        return None
    return f'includes "{included}", and {here} may not include {there}'


def main():
    rooms = house.read()
    wrong = 0
    seen = 0
    for path in files():
        name = as_included(path)
        unspoken = UNSPOKEN.get(house.room_of(name, rooms))
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if unspoken and unspoken.search(line):
                wrong += 1
                print(f"{path.relative_to(house.ROOT)}:{number}: speaks of {unspoken.search(line).group()}")
            match = INCLUDE.match(line)
            if not match:
                continue
            seen += 1
            fault = judge(name, match.group(1), rooms)
            if fault:
                wrong += 1
                print(f"{path.relative_to(house.ROOT)}:{number}: {fault}")
    if seen == 0:
        print("found no include at all: this check is blind")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
