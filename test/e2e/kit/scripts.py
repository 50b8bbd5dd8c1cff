# SPDX-License-Identifier: Apache-2.0
"""Scripts of upstreams that many tests need; uas.py says what a script is."""

from . import sip
from .uas import challenge, granted


def granting():
    """Grants whatever is asked, to everybody."""
    request = yield
    while True:
        request = yield granted(request)


def challenging(password="secret", **more):
    """Challenges once, then grants whatever is asked; without a password any will do. `more` is challenge()'s."""

    def script():
        request = yield
        request = yield challenge(request, **more)
        while True:
            if password is not None:
                sip.verify(request, password)
            request = yield granted(request)

    return script


def silent():
    yield
    while True:
        yield None


def silent_to_cancels():
    request = yield
    while True:
        request = yield None if request.expires == 0 else granted(request)


def refusing(status, reason):
    """Each request, always so."""

    def script():
        request = yield
        while True:
            request = yield sip.reply(request, status, reason)

    return script
