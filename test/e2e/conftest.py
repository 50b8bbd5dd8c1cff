# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. Whatever a test starts is ended here, by pid.

REGENT_BUILD names the build folder, REGENT_BUILD_SAN the sanitized one; a test
that asks for `build` runs on the plain one, one marked `both_builds` on each
that is there, and with `--sanitized` all run on the sanitized one.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kit import registrar as phones  # noqa: E402
from kit.client import Device  # noqa: E402
from kit.edge import Edge  # noqa: E402
from kit.ejabberd import Ejabberd  # noqa: E402
from kit.kamailio import Kamailio  # noqa: E402
from kit.netsip import NetSip  # noqa: E402
from kit.practice import Practice  # noqa: E402
from kit.regentd import Regentd  # noqa: E402
from kit.sipp import Sipp  # noqa: E402
from kit.tap import Tap  # noqa: E402
from kit.uas import Uas  # noqa: E402

VARIABLES = {"plain": "REGENT_BUILD", "sanitized": "REGENT_BUILD_SAN"}


def pytest_addoption(parser):
    parser.addoption("--sanitized", action="store_true", help="run every test on REGENT_BUILD_SAN")


def pytest_configure(config):
    config.addinivalue_line("markers", "both_builds: runs on the plain and on the sanitized build")
    config.addinivalue_line("markers", "slow: minutes long by nature; run beside the others")


def pytest_generate_tests(metafunc):
    if "build_kind" not in metafunc.fixturenames:
        return
    kinds = ["sanitized"] if metafunc.config.getoption("--sanitized") else ["plain"]
    if metafunc.definition.get_closest_marker("both_builds"):
        kinds = [k for k, v in VARIABLES.items() if k in kinds or v in os.environ]
    metafunc.parametrize("build_kind", kinds)


@pytest.fixture
def build(build_kind):
    folder = os.environ.get(VARIABLES[build_kind])
    if not folder:
        pytest.fail(f"{VARIABLES[build_kind]} does not name a build folder", pytrace=False)
    return folder


@pytest.fixture
def ending(request):
    """ending(thing) closes it at teardown, last made first; every one, whatever the others say."""

    def later(thing, how="close"):
        request.addfinalizer(getattr(thing, how))
        return thing

    return later


@pytest.fixture
def regentd(tmp_path, build, ending):
    """regentd(objects, ...) makes a node in a folder of its own, not started."""
    made = []

    def make(objects=None, **more):
        folder = tmp_path / f"regentd{len(made)}"
        folder.mkdir()
        made.append(folder)
        return ending(Regentd(folder, build, objects, **more))

    return make


@pytest.fixture
def ejabberd(tmp_path, ending):
    """ejabberd(accounts) starts one, with mod_sip."""
    return lambda accounts: ending(Ejabberd(tmp_path, accounts), "stop")


@pytest.fixture
def kamailio(tmp_path, ending):
    """kamailio(accounts, ...) starts one."""

    def make(accounts, **more):
        peer = Kamailio(tmp_path, accounts, **more)
        ending(peer, "stop")
        return peer.start()

    return make


@pytest.fixture
def netsip(tmp_path, ending):
    """netsip(accounts, ...) starts Net::SIP's registrar."""
    return lambda accounts, **more: ending(NetSip(tmp_path, accounts, **more), "stop")


@pytest.fixture
def practice(tmp_path, build, ending):
    """practice(accounts, option, ...) starts the practice upstream."""
    return lambda accounts, *options: ending(Practice(tmp_path, build, accounts, *options), "stop")


@pytest.fixture
def sipp(tmp_path, ending):
    """sipp(scenario, ...) starts one."""
    return lambda scenario, **more: ending(Sipp(tmp_path, scenario, **more))


@pytest.fixture
def uas(ending):
    """uas(script) starts an upstream scripted in Python."""
    return lambda script, **more: ending(Uas(script, **more))


@pytest.fixture
def tap(ending):
    """tap(peer, rule) starts a relay in front of a peer (anything with an .address)."""
    return lambda peer, rule=None: ending(Tap(peer.address, rule))


@pytest.fixture
def edge(ending):
    """edge(peer) starts a proxy in front of a peer that puts Path into what it passes on."""
    return lambda peer, **more: ending(Edge(peer.address, **more))


@pytest.fixture
def registrar(regentd):
    """registrar(PARAMETER=value, ...) starts a node at which phones can register."""
    return lambda max_contacts=1, **parameters: regentd(
        phones.objects(max_contacts, **parameters), config=phones.config()).start()


@pytest.fixture
def device(ending):
    """device(node, ...) is a phone at such a node that a test drives step by step."""

    def make(node, user="desk", address=phones.HERE, name=phones.NAME, password=phones.SECRET, host=phones.HOST):
        return ending(Device(node.address, name, password, host, user, address))

    return make
