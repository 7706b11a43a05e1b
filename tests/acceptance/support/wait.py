"""Waiting for what happens by itself a little later.

No test promises how soon that is: `make bench` measures it. The times that tests name are those of an idle
machine; patience is so many times longer that a busy or slow machine changes no result.
"""

import os
import time

PATIENCE = float(os.environ.get("TEST_PATIENCE", "6"))


def patience(seconds):
    """How long to wait for what takes so many seconds at most on an idle machine."""
    return seconds * PATIENCE


def eventually(check, within=10, every=0.02):
    """The first truthy result of check(); an AssertionError in it counts as not yet."""
    deadline = time.monotonic() + patience(within)
    while True:
        try:
            result = check()
            if result:
                return result
            problem = f"still {result!r}"
        except AssertionError as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience(within):.0f} s: {problem}")
        time.sleep(every)


def lasts(seconds):
    """Returns after so long: how long a fault lasts, or how long nothing may happen."""
    time.sleep(seconds)
