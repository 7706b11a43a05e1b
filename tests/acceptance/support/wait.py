"""Waiting for what happens by itself a little later."""

import time


def eventually(check, within=10, every=0.02):
    """The first truthy result of check(); an AssertionError in it counts as not yet."""
    deadline = time.monotonic() + within
    while True:
        try:
            result = check()
            if result:
                return result
            problem = f"still {result!r}"
        except AssertionError as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {problem}")
        time.sleep(every)
