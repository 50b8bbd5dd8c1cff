#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every header alone: whoever includes one need not know what it needs."""
import concurrent.futures
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["src", "sim", "practice", "bench", "test"]
COMMAND = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wundef",
           "-Wstrict-prototypes", "-fsyntax-only", "-Isrc", "-I.", "-x", "c", "-"]


def compile_alone(header):
    source = f'#include "{header.relative_to(ROOT)}"\n'
    return subprocess.run(COMMAND, cwd=ROOT, input=source, capture_output=True, text=True)


def main():
    headers = [h for folder in FOLDERS for h in sorted((ROOT / folder).rglob("*.h"))]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        failed = [r.stderr for r in pool.map(compile_alone, headers) if r.returncode != 0]
    print("".join(failed), end="")
    if not headers:
        print("found no header at all: this check is blind")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
