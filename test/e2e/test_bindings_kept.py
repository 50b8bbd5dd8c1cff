# SPDX-License-Identifier: Apache-2.0
"""Bindings of phones outlive the process: over a restart, kill -9 at any moment, a damaged file."""

import json
import os
import threading
import time

from kit.client import Device
from kit.wait import wait_until

PHONES = [f"2{i:03}" for i in range(40)]
SECRET = "correct horse"
HOST = "sw.example"


def objects(names=("2001", "2002")):
    return {"endpoints": [{"username": name, "password": SECRET} for name in names]}


def phone(node, ending, name="2001"):
    return ending(Device(node.address, name, SECRET, HOST))


def bindings(node):
    """{name: row} of all that are bound."""
    page = json.loads(node.ctl("binding", "list", "--json")[1])
    assert page["next"] is None
    return {row["aor"]: row for row in page["items"]}


def registered(device, expires=600):
    """As a phone does: after a 503 it comes again."""
    deadline = time.monotonic() + 20
    while True:
        response = device.register(expires)
        assert response is not None, "no response"
        if response.status != 503 or time.monotonic() > deadline:
            return response
        assert 5 <= int(response.one("Retry-After")) <= 30
        time.sleep(0.2)


def fetched(device):
    """The Contacts that a query gives, with the credentials that the device has."""
    for _ in range(3):
        response = device.transact("REGISTER", 8)
        if response.status == 401:
            device._answer(response)
        elif response.status == 503:
            time.sleep(0.2)
        else:
            assert response.status == 200
            return response.all("Contact")
    raise AssertionError("refused again and again")


def test_a_kill_forgets_nobody(regentd, ending):
    node = regentd(objects()).start()
    first, second = phone(node, ending), phone(node, ending, "2002")
    assert registered(first).status == 200 and registered(second).status == 200
    before = bindings(node)
    assert second.unregister().status == 200
    node.kill9()
    node.start()
    assert [c.split(";")[0] for c in fetched(first)] == [f"<{first.contact}>"]
    assert fetched(second) == []
    after = bindings(node)
    assert set(after) == {"2001"}
    for key in ("contact", "call_id", "granted", "path", "received", "transport", "user_agent", "q"):
        assert after["2001"].get(key) == before["2001"].get(key), key
    # A refresh goes on where it was; what an operator removes stays removed.
    assert registered(first).status == 200
    node.ctl("binding", "remove", "2001")
    time.sleep(0.2)
    node.kill9()
    node.start()
    assert fetched(second) == [] and bindings(node) == {}


def test_a_restart_forgets_nobody(regentd, ending):
    node = regentd(objects()).start()
    first, second = phone(node, ending), phone(node, ending, "2002")
    assert registered(first).status == 200 and registered(second, 20).status == 200
    node.stop()
    time.sleep(21)
    node.write_objects(None)
    node.start()
    wait_until(lambda: "2001" in bindings(node), 10, "the binding")
    # What has expired meanwhile is gone; what is refreshed after a start is kept, too.
    assert set(bindings(node)) == {"2001"}
    assert registered(first).status == 200
    node.kill9()
    node.start()
    wait_until(lambda: set(bindings(node)) == {"2001"}, 10, "the binding")


def test_an_endpoint_that_is_gone_takes_its_binding_along(regentd, ending):
    node = regentd(objects()).start()
    first, second = phone(node, ending), phone(node, ending, "2002")
    assert registered(first).status == 200 and registered(second).status == 200
    node.ctl("endpoint", "remove", "2002")
    node.kill9()
    node.write_objects(None)
    node.start()
    wait_until(lambda: set(bindings(node)) == {"2001"}, 10, "the binding of the one that is left")


def test_whoever_saw_its_200_is_found(regentd, ending):
    """Phones register all the time until the kill: a binding is there if its 200 was seen."""
    node = regentd(objects(PHONES)).start()
    devices = [phone(node, ending, name) for name in PHONES]
    seen, gone = set(), threading.Event()

    def go_on(mine):
        for device in mine:
            if gone.is_set():
                return
            response = device.register(600, timeout=0.4)
            if response is not None and response.status == 200:
                seen.add(device.username)

    threads = [threading.Thread(target=go_on, args=(devices[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(seen) >= 10, 20, "some phones")
    node.kill9()
    gone.set()
    for thread in threads:
        thread.join()
    node.start()
    wait_until(lambda: seen <= set(bindings(node)), 10, "all that saw their 200")
    # At most one of each thread was under way.
    assert len(set(bindings(node)) - seen) <= len(threads)


def test_a_damaged_file_is_set_aside(regentd, ending):
    node = regentd(objects()).start()
    device = phone(node, ending)
    assert registered(device).status == 200
    node.stop()
    with open(os.path.join(node.state, "bindings.db"), "r+b") as f:
        f.write(b"not a database " * 20)
    node.start()
    wait_until(lambda: "event=bindings-lost" in node.log(), 10, "the log to say so")
    assert os.path.exists(os.path.join(node.state, "bindings.db.damaged"))
    assert bindings(node) == {}
    assert registered(device).status == 200
    node.kill9()
    node.start()
    wait_until(lambda: set(bindings(node)) == {"2001"}, 10, "the binding")
