"""One process that outlives the program that started it.

It is known again by pid, start time and boot, so that a later program never
signals a stranger that was given the same pid.
"""

import fcntl
import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from .failure import Failure

TAIL_LINES = 30


class Process:
    """Not safe for concurrent use; different processes may be handled by different threads."""

    def __init__(self, name, folder):
        self.name = name
        self.log = folder / "log" / f"{name}.log"
        self._record = folder / "run" / f"{name}.process"
        self._stopping = self._record.with_suffix(".stopping")
        self._child = None
        self._asked = False

    @classmethod
    def all_in(cls, folder):
        return [cls(record.stem, folder) for record in sorted((folder / "run").glob("*.process"))]

    def start(self, command, environment=None):
        for path in (self.log, self._record):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._asked = False
        self._stopping.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        identity = _identity(self._child.pid)
        if identity:
            self._record.write_text(json.dumps(identity))

    @contextmanager
    def lock(self):
        """Held by one program at a time: to look whether it runs and then to start it."""
        self._record.parent.mkdir(parents=True, exist_ok=True)
        with open(self._record.with_suffix(".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def pid(self):
        """The pid while it runs (stopped by SIGSTOP counts), else None."""
        if self._child and self._child.poll() is None:
            return self._child.pid
        known = self._known()
        if known is None or (self._child and self._child.pid == known["pid"]):
            return None
        return known["pid"] if _identity(known["pid"]) == known else None

    @property
    def wanted(self):
        """Was started, by whichever program, and not stopped on purpose since."""
        return self._known() is not None and not self._stopping.exists()

    def _known(self):
        try:
            return json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def exit_code(self):
        """The code it ended with, as subprocess counts; None while it runs or if others started it."""
        return self._child.poll() if self._child else None

    @property
    def started_at(self):
        return self._record.stat().st_mtime

    @property
    def environment(self):
        """The environment variables it was started with; none if it does not run."""
        try:
            with open(f"/proc/{self.pid}/environ", encoding="utf-8", errors="surrogateescape") as file:
                entries = file.read().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            return {}
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)

    def signal(self, number):
        if not self._send(number):
            raise Failure(f"{self.name} is not running")

    def _send(self, number):
        """Whether it was there; it may end at any moment by itself."""
        pid = self.pid
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def ask_to_end(self):
        """Returns at once; stop() after it waits."""
        self._asked = True
        self._stopping.touch()
        self._send(signal.SIGCONT)
        self._send(signal.SIGTERM)

    def stop(self, patience=30):
        """Asks it to end, insists after `patience` seconds; the exit code if it is our child."""
        if self.pid is not None:
            if not self._asked:
                self.ask_to_end()
            if not self._ended_within(patience):
                self.kill()
        self._forget()
        return self.exit_code

    def kill(self):
        """What it has started ends with it a moment later, and that is waited for too."""
        pid = self.pid
        if pid is not None:
            self._stopping.touch()
            self._send(signal.SIGKILL)
            self._ended_within(30)
            _session_ended_within(pid, 30)
        self._forget()

    def _forget(self):
        self._record.unlink(missing_ok=True)
        self._stopping.unlink(missing_ok=True)

    def tail(self, lines=TAIL_LINES):
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _ended_within(self, seconds):
        deadline = time.monotonic() + seconds
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


def _session_ended_within(session, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_lives_in(stat, session) for stat in Path("/proc").glob("[0-9]*/stat")):
        time.sleep(0.01)


def _lives_in(stat, session):
    try:
        fields = stat.read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(fields[3]) == session and not _is_over(fields)


def _identity(pid):
    """What tells this process from any other that ever had its pid; None once it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
            boot_id = boot.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if _is_over(fields) else {"pid": pid, "start_time": int(fields[19]), "boot_id": boot_id}


def _is_over(fields):
    """A zombie whose threads still die holds its sockets."""
    return fields[0] in "ZX" and int(fields[17]) <= 1
