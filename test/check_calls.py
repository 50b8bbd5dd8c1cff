#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads from the object files which file calls which, and finds the circles.

    check_calls.py BUILD [--all]

Inside a room calls run one way: files that call one another in a circle are read
together, so a circle has three files at most. Between rooms there is none. A call
through a table of functions is no call here: that is how a lower file reaches a
higher one. docs/architecture.md may name a larger circle that is being taken
apart, in a block that begins with ```circles: ROOM: FILES. That number only falls.

--all shows every circle, allowed or not.
"""
import pathlib
import re
import subprocess
import sys

import rooms as house

FILES_MAX = 3


def object_files(build):
    """{source as its path from src/ or from the root: object file}"""
    out = {}
    for path in sorted(build.glob("**/lib*.a.p/*.o")):
        folder = path.parent.parent.relative_to(build)
        folder = folder.relative_to("src") if folder.parts[0] == "src" else folder
        out[str(folder / path.name.removesuffix(".o"))] = path
    return out


def symbols(path):
    """(names defined for others, names used)"""
    listed = subprocess.run(["nm", "-P", str(path)], check=True, capture_output=True, text=True)
    defined, used = set(), set()
    for line in listed.stdout.splitlines():
        name, kind = line.split()[:2]
        if kind == "U":
            used.add(name)
        elif kind.isupper():
            defined.add(name)
    return defined, used


def calls_of(files):
    """{file: files that define what it uses}"""
    tables = {name: symbols(path) for name, path in files.items()}
    home = {}
    for name, (defined, _) in tables.items():
        for symbol in defined:
            home.setdefault(symbol, name)
    return {name: {home[s] for s in used if s in home} - {name}
            for name, (_, used) in tables.items()}


def circles(calls):
    """Sets of files, each of which reaches all the others (Tarjan's components above one)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        work = [(node, iter(sorted(calls[node])))]
        index[node] = low[node] = len(index)
        stack.append(node)
        while work:
            here, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    work.append((other, iter(sorted(calls[other]))))
                    break
                if other in stack:
                    low[here] = min(low[here], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    circle = set()
                    while here not in circle:
                        circle.add(stack.pop())
                    if len(circle) > 1:
                        found.append(circle)

    for node in sorted(calls):
        if node not in index:
            visit(node)
    return found


def allowances():
    """{room: files of the largest circle that it may have}"""
    block = re.search(r"^```circles\n(.*?)^```", house.DOCUMENT.read_text(), re.M | re.S)
    lines = block.group(1).splitlines() if block else []
    return {room: int(files) for room, files in (re.fullmatch(r"([a-z/]+): (\d+)", l).groups() for l in lines)}


def main():
    build, show_all = pathlib.Path(sys.argv[1]), "--all" in sys.argv[2:]
    files = object_files(build)
    if not files:
        print("found no object file at all: this check is blind")
        return 1
    rooms, allowed = house.read(), allowances()
    wrong, largest = 0, {}
    for circle in circles(calls_of(files)):
        where = {house.room_of(name, rooms) for name in circle}
        room = where.pop() if len(where) == 1 else None
        largest[room] = max(largest.get(room, 0), len(circle))
        too_large = not room or len(circle) > max(FILES_MAX, allowed.get(room, 0))
        if too_large or show_all:
            print(f"{len(circle)} files call one another in a circle: {', '.join(sorted(circle))}")
        wrong += too_large
    for room, files_max in allowed.items():
        if largest.get(room, 0) < files_max:
            print(f"{house.DOCUMENT.name}: the largest circle of {room} has {largest.get(room, 0)} files now,"
                  f" not {files_max}: write the smaller number, or none up to {FILES_MAX}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
