# SPDX-License-Identifier: Apache-2.0
"""Ports on 127.0.0.1 that nobody else takes between choosing and using them.

They lie below the kernel's ephemeral range, so no automatic bind lands on
them, and each is held by an flock for as long as this process lives, so two
test runs beside each other never choose the same one. Before it is given out
a port has been bound once for UDP and TCP.
"""

import fcntl
import os
import random
import socket
import tempfile

LOWEST, HIGHEST = 20000, 31999
TRIES = 500

_held = {}


def free_port():
    """A port that is ours until this process ends."""
    folder = os.path.join(tempfile.gettempdir(), "regent-e2e-ports")
    os.makedirs(folder, mode=0o777, exist_ok=True)
    for _ in range(TRIES):
        port = random.randint(LOWEST, HIGHEST)
        if port not in _held and _claim(folder, port):
            return port
    raise RuntimeError(f"no free port found in {LOWEST}-{HIGHEST} after {TRIES} tries")


def _claim(folder, port):
    fd = os.open(os.path.join(folder, str(port)), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("127.0.0.1", port))
    except OSError:
        os.close(fd)
        return False
    _held[port] = fd
    return True


def udp_bound(port, pid="self"):
    """True where some process has bound the UDP port, on 127.0.0.1 or on any address, in the network of `pid`."""
    wanted = f":{port:04X}"
    for table in (f"/proc/{pid}/net/udp", f"/proc/{pid}/net/udp6"):
        with open(table, encoding="ascii") as f:
            if any(line.split()[1].endswith(wanted) for line in f.readlines()[1:]):
                return True
    return False
