# SPDX-License-Identifier: Apache-2.0
"""The list of rooms in docs/architecture.md, as data.

The document holds fenced blocks that begin with ```rooms KIND, where KIND is
core, shell or outside. Each line in them names a room, which is the beginning
of a path as includes write it, and the rooms it may include.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"


def read():
    """{room: (kind, set of rooms it may include)}"""
    rooms = {}
    kind = None
    for line in DOCUMENT.read_text().splitlines():
        begin = re.fullmatch(r"```rooms (core|shell|outside)", line)
        if begin:
            kind = begin.group(1)
        elif line == "```":
            kind = None
        elif kind:
            entry = re.fullmatch(r"([a-z/]+):((?: [a-z/]+| \*)*)(?: *#.*)?", line)
            if not entry:
                raise SystemExit(f"{DOCUMENT}: cannot read this line of the rooms: {line}")
            rooms[entry.group(1)] = (kind, set(entry.group(2).split()))
    if not rooms:
        raise SystemExit(f"{DOCUMENT}: no list of rooms")
    for room, (_, allowed) in rooms.items():
        for name in allowed - {"*"} - set(rooms):
            raise SystemExit(f"{DOCUMENT}: {room} may include {name}, which is no room")
    return rooms


def room_of(path, rooms):
    """The room with the longest name that the path begins with, or None.

    A name ends at a slash, a dot or an underscore: base/log is the room of
    base/log.h, sim/carrier that of sim/carrier_config.h.
    """
    fitting = [r for r in rooms if re.match(re.escape(r) + r"[/._]", path)]
    return max(fitting, key=len, default=None)
