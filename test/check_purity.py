#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the symbols of the core's archives: what they take from outside must be
memory, strings, assertions or nettle, and they keep no variables of their own.

    check_purity.py BUILD
"""
import fnmatch
import pathlib
import subprocess
import sys

import rooms as house

ALLOWED = """
    malloc calloc realloc free
    memchr memcmp memcpy memmem memmove memrchr memset
    strchr strcmp strlen strncmp strnlen strrchr strcspn strspn strstr
    bsearch qsort
    abort __assert_fail
    nettle_* _nettle_*
    __stack_chk_fail _GLOBAL_OFFSET_TABLE_ __popcountdi2
""".split()


def symbols(archive):
    """(object, type, name) of every symbol."""
    out = subprocess.run(["nm", "-A", "-P", archive], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        where, name, kind = line.split()[:3]
        yield where.rstrip(":"), kind, name


def main():
    build = pathlib.Path(sys.argv[1])
    core = [r for r, (kind, _) in house.read().items() if kind == "core"]
    archives = []
    wrong = 0
    for room in core:
        archive = build / "src" / room / f"lib{room}.a"
        if archive.exists():
            archives.append(archive)
        elif (house.ROOT / "src" / room / "meson.build").exists():
            print(f"{archive}: the archive of a core folder is missing")
            wrong += 1

    found = [s for archive in archives for s in symbols(archive)]
    ours = {name for _, kind, name in found if kind != "U"}
    for where, kind, name in found:
        allowed = any(fnmatch.fnmatchcase(name, pattern) for pattern in ALLOWED)
        if kind == "U" and name not in ours and not allowed:
            print(f"{where}: uses {name}, which is not pure")
            wrong += 1
        # Constants with addresses lie in d as well, so initialised data cannot be judged here.
        elif kind in ("b", "B", "C"):
            print(f"{where}: keeps the variable {name}; state belongs to what is handed in")
            wrong += 1
    if not found:
        print("found no symbol at all: this check is blind")
        wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
