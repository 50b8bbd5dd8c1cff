# SPDX-License-Identifier: Apache-2.0
"""Waiting on conditions, always with a bound and with words for what was awaited.

A test never sleeps in the hope that something has happened by then. The
bounds are generous: they end a broken run, they do not measure speed.
"""

import time

STEP_S = 0.05


class TimedOut(AssertionError):
    """What was awaited did not come within its bound."""


def wait_until(predicate, timeout, what, step_s=STEP_S):
    """Gives the first true value of predicate(); raises TimedOut after `timeout` seconds.

    `what` is a text, or a function that is asked for one when time is up; `step_s` is for a
    predicate that costs something.
    """
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimedOut(f"after {timeout} s still waiting for {what() if callable(what) else what}")
        time.sleep(step_s)


def soon(predicate, timeout=10):
    """The same where the traceback's line says what is awaited."""
    return wait_until(predicate, timeout, "the condition of this line")


def stays(predicate, seconds, what):
    """Fails as soon as predicate() is false within `seconds`: for what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert predicate(), f"no longer true: {what}"
        time.sleep(STEP_S)
