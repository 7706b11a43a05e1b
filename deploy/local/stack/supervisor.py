"""Starts again what `make up` has started and what has died since: a process that outlives `make up`.

What was stopped on purpose is left alone. The stacks of tests have none.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from .failure import Failure
from .process import Process
from .stack import EVERYTHING, SUPERVISOR, Stack, has_real_provider, recall

LOCAL = Path(__file__).resolve().parents[1]
LOOK_EVERY_S = 0.2
LONGEST_PAUSE_S = 30
STEADY_AFTER_S = 60  # what ran for so long begins anew with its pauses


class Restarts:
    """When each part is started again. Times are the caller's, in seconds."""

    def __init__(self, counts=None):
        self.counts = dict(counts or {})
        self._in_a_row = {}
        self._due = {}

    def look_after(self, part, now):
        """Starts the part if it has died and its pause is over. True: it was tried."""
        if not part.wanted:
            self._due.pop(part.name, None)
            return False
        if part.running:
            if part.up_for >= STEADY_AFTER_S:
                self._in_a_row.pop(part.name, None)
            return False
        if part.name not in self._due:
            self._due[part.name] = now + self._pause(part)
            _say(f"{part.name} has ended: starting it in {self._pause(part)} s")
        if now < self._due[part.name]:
            return False
        self._start(part)
        return True

    def _pause(self, part):
        tries = self._in_a_row.get(part.name, 0)
        return min(LONGEST_PAUSE_S, 2 ** (tries - 1)) if tries else 0

    def _start(self, part):
        del self._due[part.name]
        self._in_a_row[part.name] = self._in_a_row.get(part.name, 0) + 1
        try:
            part.launch()
        except Failure as failure:
            _say(f"{part.name} cannot be started: {failure}")
        else:
            self.counts[part.name] = self.counts.get(part.name, 0) + 1


def start_supervisor(stack):
    """In the place of one that runs, since its environment may be another. The stack is remembered."""
    process = Process(SUPERVISOR, stack.folder)
    process.stop()
    process.start([sys.executable, str(LOCAL), "--build", str(stack.build), "supervise", str(stack.folder)],
                  os.environ)


def supervise(folder, build):
    """Runs until SIGTERM."""
    known = recall(folder)
    if known is None:
        raise Failure(f"no stack is known in {folder}")
    stack = Stack(folder, known["ports"], EVERYTHING, build, mongo_uri=known["mongo_uri"],
                  real_provider=has_real_provider())
    restarts = Restarts(restarts_of(folder))
    asked_to_end = []
    signal.signal(signal.SIGTERM, lambda *_: asked_to_end.append(True))
    while not asked_to_end:
        if any([restarts.look_after(part, time.monotonic()) for part in stack]):
            _keep(folder, restarts.counts)
        time.sleep(LOOK_EVERY_S)


def restarts_of(folder):
    """How often each part was started again since the stack was started, by name."""
    try:
        return json.loads(_file(folder).read_text())
    except FileNotFoundError:
        return {}


def _keep(folder, counts):
    new = _file(folder).with_suffix(".new")
    new.write_text(json.dumps(counts))
    new.replace(_file(folder))


def _file(folder):
    return folder / "run" / "restarts.json"


def _say(what):
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {what}", flush=True)
