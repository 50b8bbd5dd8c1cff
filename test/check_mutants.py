#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the mutants of sim/meson.build against src/base/broken.h.

A mutant compiles anew the files that are named there, with its fault set to 1. They must be
those of src/ that know the fault: by its constant, or by an inline function of a header that
has it. A file that is missing keeps the rule; a fault that moved away leaves a name behind.
"""
import re
import sys

import rooms as house

SRC = house.ROOT / "src"
CONSTANT = re.compile(r"^#define BROKEN_(\w+) 0$", re.MULTILINE)
MUTANT = re.compile(r"^  '([a-z-]+)': \[(.*)\],$", re.MULTILINE)
INLINE = re.compile(r"^static inline [^;{]*?(\w+)\([^;{]*\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)


def has(text, names):
    return bool(names & set(re.findall(r"\w+", text)))


def knowing(constant, headers, files):
    """The files that have the constant, or call what has it inline."""
    names = {constant}
    inlines = [match.groups() for text in headers for match in INLINE.finditer(text)]
    for _ in inlines:
        names |= {name for name, body in inlines if has(body, names)}
    return {name for name, text in files.items() if has(text, names)}


def main():
    constants = CONSTANT.findall((SRC / "base" / "broken.h").read_text())
    named = {name.upper().replace("-", "_"): set(re.findall(r"'([^']+)'", sources))
             for name, sources in MUTANT.findall((house.ROOT / "sim" / "meson.build").read_text())}
    headers = [path.read_text() for path in sorted(SRC.rglob("*.h"))]
    files = {str(path.relative_to(SRC)): path.read_text() for path in sorted(SRC.rglob("*.c"))}
    wrong = []
    for name in sorted(named.keys() ^ set(constants)):
        wrong.append(f"BROKEN_{name}: " + ("has no mutant" if name in constants else "is not in base/broken.h"))
    for name in sorted(named.keys() & set(constants)):
        known = knowing(f"BROKEN_{name}", headers, files)
        wrong += [f"BROKEN_{name}: {file} knows it and is not named" for file in sorted(known - named[name])]
        wrong += [f"BROKEN_{name}: {file} is named and does not know it" for file in sorted(named[name] - known)]
    if not constants:
        wrong.append("found no fault at all: this check is blind")
    if wrong:
        print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
