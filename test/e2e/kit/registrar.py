# SPDX-License-Identifier: Apache-2.0
"""Regent's registrar as tests of phones see it: one domain, two endpoints, and what is bound.

What is bound is judged by a REGISTER without Contact from an address of its own, and by regentctl.
"""

import json

from . import sip
from .client import Device

HOST, NAME, OTHER, SECRET = "phones.example", "2001", "2002", "secret"
HERE, ELSEWHERE, OBSERVER = "127.0.0.1", "127.0.0.2", "127.0.0.9"
OCCUPIED = '399 regent "another device is registered"'


def objects(max_contacts=1, **parameters):
    """The endpoints 2001 and 2002."""
    endpoints = [{"username": name, "password": SECRET, "max_contacts": max_contacts} for name in (NAME, OTHER)]
    return {"parameters": parameters, "endpoints": endpoints}


def config():
    return {"domains": [HOST, HERE], "realm": HOST}


def rows(node, what):
    return json.loads(node.ctl(what, "list", "--json")[1])["items"]


def bound(node, name=NAME):
    """{Contact: seconds} of an endpoint."""
    observer = Device(node.address, name, SECRET, HOST, address=OBSERVER)
    try:
        answer = observer.fetch()
    finally:
        observer.close()
    assert answer.status == 200
    found = {uri: int(params["expires"]) for uri, params in answer.contacts}
    assert sorted(found) == sorted(row["contact"] for row in rows(node, "binding") if row["aor"] == name)
    return found


def grant(device, response):
    """What was granted to the device; the header, if there is one, says nothing else."""
    assert response.status == 200
    [seconds] = [int(params["expires"]) for uri, params in response.contacts if uri == device.contact]
    assert response.maybe("expires") in (None, str(seconds))
    return seconds


def set_parameter(node, name, value):
    node.ctl("param", "set", name, str(value))


def replies(node, device, count=1):
    """What comes to so many REGISTERs. Another device's is answered after them, so nothing comes later."""
    witness = Device(node.address, "nobody", SECRET, HOST, address=OBSERVER)
    try:
        for _ in range(count):
            device.post(*device.binding(60))
        assert witness.attempt().status == 401
    finally:
        witness.close()
    return [sip.Message(data) for data in device.arrived()]
