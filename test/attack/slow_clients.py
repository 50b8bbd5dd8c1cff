#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Slow clients of the API: silent, half a request, a trickled body, an answer that nobody reads; beside an honest client.

Prints a line of JSON for each: what the honest client and the registrations noticed.
"""

import contextlib
import json
import socket
import time

import stage

HEAD = "POST /api/v1/registrations HTTP/1.1\r\nHost: regent\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n"


def silent(_):
    return b""


def half_header(n):
    return HEAD.encode() if n == 0 else b""


def header_trickle(n):
    return HEAD.encode() if n == 0 else b"X: y\r\n"


def body_trickle(n):
    return HEAD.encode() + b"\r\n{" if n == 0 else b" "


def deaf(_):
    """Asks for ever and reads nothing."""
    return b"GET /api/v1/registrations?limit=256 HTTP/1.1\r\nHost: regent\r\n\r\n" * 8


KINDS = {"silent": silent, "half a header": half_header, "header trickle": header_trickle, "body trickle": body_trickle,
         "deaf": deaf}


class Client:
    """One connection after the other: closed by the server, it comes back at once."""

    def __init__(self, path, kind):
        self.path, self.kind, self.socket, self.sent, self.made = path, kind, None, 0, 0

    def step(self):
        try:
            if self.socket is None:
                self.socket, self.sent = socket.socket(socket.AF_UNIX), 0
                self.socket.setblocking(False)
                self.socket.connect(self.path)
                self.made += 1
            data = KINDS[self.kind](self.sent)
            self.sent += 1
            if data:
                self.socket.send(data)
            if self.kind != "deaf" and self.socket.recv(4096, socket.MSG_PEEK) == b"":
                self.close()
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def slow(node, peer, registrations, kind, clients=50, seconds=20):
    onlooker = stage.Onlooker(node, peer, registrations)
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(contextlib.closing(Client(node.socket, kind))) for _ in range(clients)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for client in all_of_them:
                client.step()
            time.sleep(0.2)
        made = sum(c.made for c in all_of_them)
    return {"clients": clients, "kind": kind, "seconds": seconds, "connections": made, **onlooker.close()}


def main():
    o = stage.options(__doc__, registrations=200, seconds=20, clients=50)
    with stage.play(o.build, o.registrations) as (node, peer):
        for kind in KINDS:
            print(json.dumps(slow(node, peer, o.registrations, kind, o.clients, o.seconds)), flush=True)
        stop = node.stop()
        print(json.dumps({"exit": stop.exit, "clean": stop.report["clean"], "left": len(peer.bindings())}))


if __name__ == "__main__":
    main()
