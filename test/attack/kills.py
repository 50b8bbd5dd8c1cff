#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments while objects are edited and registrations come and go; no edit is lost, no ghost left.

After each kill the next start must know every edit that was acknowledged. At the end the upstream must hold
exactly one binding for each registration that is wanted, and none after the stop.
"""

import contextlib
import json
import random
import tempfile
import threading
import time

import stage
from kit.api import Api
from kit.regentd import registration
from kit.wait import wait_until

HOST = "sw.example"


class Editor:
    """Adds, changes and removes registrations until the node is killed; knows what was acknowledged."""

    def __init__(self, node, peer, seed):
        self.api, self.peer, self.rng = Api(node.socket, timeout=5), peer, random.Random(seed)
        self.known = {}  # name: (username, user_agent), as acknowledged
        self.open = None  # (name, what it becomes) of the edit whose answer is not there
        self.edits = 0

    def run(self):
        with contextlib.suppress(OSError, ValueError, EOFError):  # killed
            while True:
                self.edit()

    def edit(self):
        name = f"line-{self.rng.randint(1, 20)}"
        known = self.known.get(name)
        if known is None:
            after = (str(200000 + self.rng.randint(1, 10**5)), "Agent/0")
            self.open = (name, after)
            status, _ = self.api.ask("POST", "/registrations", registration(
                name, after[0], self.peer.uri, "practice", user_agent=after[1]))
        elif self.rng.random() < 0.3:
            after = None
            self.open = (name, after)
            status, _ = self.api.ask("DELETE", f"/registrations/{name}")
        else:
            after = (known[0], f"Agent/{self.edits}")
            self.open = (name, after)
            status, _ = self.api.ask("PATCH", f"/registrations/{name}", {"user_agent": after[1]})
        assert status in (200, 201, 202, 204), f"{self.open}: {status}"
        self.settle(name, after)

    def settle(self, name, after):
        self.known.pop(name, None)
        if after:
            self.known[name] = after
        self.open = None
        self.edits += 1

    def compare(self):
        """What differs from what was acknowledged; the edit that was under way may be in or not."""
        lost = []
        for name in sorted({*self.known, *(self.open or [None])[:1]} - {None}):
            status, row = self.api.ask("GET", f"/registrations/{name}")
            found = (row["config"]["username"], row["config"]["user_agent"]) if status == 200 else None
            if self.open and self.open[0] == name and found == self.open[1]:
                self.settle(name, found)
            elif found != self.known.get(name):
                lost.append((name, self.known.get(name), found))
        self.open = None
        return lost


def kill_and_compare(node, editor, longest_s):
    thread = threading.Thread(target=editor.run)
    thread.start()
    time.sleep(editor.rng.uniform(0, longest_s))
    node.kill9()
    thread.join()
    node.start()
    return editor.compare()


def settled(node, peer, wanted):
    """Waits until exactly the wanted users are bound, once each."""
    def users():
        return sorted(b.aor.partition("@")[0] for b in peer.bindings())

    node.wait_state("registered", timeout=120)
    wait_until(lambda: users() == sorted(wanted), 120, lambda: f"{sorted(wanted)}, not {users()}")


def kills(build, count, seed, longest_s=0.6):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        peer = stage.Practice(folder, build, {}, "--domain", HOST)
        stack.callback(peer.stop)
        node = stage.Regentd(folder, build, {"parameters": {"RG_UPSTREAM_RATE": 0}}, config={"log": {"level": "info"}})
        stack.callback(node.close)
        node.start()
        node.applies = False
        editor, lost = Editor(node, peer, seed), []
        for _ in range(count):
            lost += kill_and_compare(node, editor, longest_s)
        settled(node, peer, [username for username, _ in editor.known.values()])
        stop = node.stop()
        return {"kills": count, "seed": seed, "edits": editor.edits, "lost": lost, "registered_at_the_end": len(editor.known),
                "exit": stop.exit, "ghosts": len(peer.bindings())}


def main():
    o = stage.options(__doc__, kills=200, seed=1)
    print(json.dumps(kills(o.build, o.kills, o.seed)))


if __name__ == "__main__":
    main()
