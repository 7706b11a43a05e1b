"""What Kafka, the database, the mail sink, the SMS gateway and each service have in common."""

import os
import signal
import time
import urllib.error
import urllib.request
from typing import NamedTuple

from .failure import Failure
from .ports import require_free
from .process import Process


class NotReady(Exception):
    """Raised by a probe, saying what is missing."""


class Proxied(NamedTuple):
    """A part that the services reach through a proxy, which the caller runs."""

    port: int  # the proxy's
    target: int  # the part's


class Part:
    """A subclass says how to start and how to ask whether it is ready."""

    proxied = None
    stage = 1  # parts of one stage start together, once those before are ready
    ready_within = 120  # patience, not a promise
    port_settings = ()

    def __init__(self, name, folder, ports):
        self.name = name
        self.folder = folder
        self.ports = ports
        self.process = Process(name, folder)
        self.extra_environment = {}

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def whole_environment(self):
        return {**self.environment(), **self.extra_environment}

    def prepare(self):
        """Writes what the command needs before its first start."""

    def probe(self):
        """Returns if ready, else raises NotReady or OSError."""
        raise NotImplementedError

    def settings(self):
        """What a service must be told to use it, as environment variables."""
        return {}

    def about(self):
        """Where it is reached, for people."""
        raise NotImplementedError

    @property
    def running(self):
        return self.process.pid is not None

    @property
    def wanted(self):
        """Was started and not stopped on purpose since."""
        return self.process.wanted

    @property
    def up_for(self):
        """Seconds since it was started."""
        return time.time() - self.process.started_at

    def launch(self):
        with self.process.lock():
            if self.running:
                return
            require_free((setting, self.ports[setting]) for setting in self.port_settings)
            self.prepare()
            self.process.start(self.command(), self.whole_environment())

    def wait_ready(self):
        deadline = time.monotonic() + self.ready_within
        while True:
            reason = self.not_ready()
            if reason is None:
                return
            if not self.running:
                raise self._failure(f"ended (exit code {self.process.exit_code}) before it was ready")
            if time.monotonic() > deadline:
                raise self._failure(f"is not ready after {self.ready_within} s: {reason}")
            time.sleep(0.02)

    def start(self):
        self.launch()
        self.wait_ready()

    def stop(self):
        return self.process.stop()

    def kill(self):
        """kill -9."""
        self.process.kill()

    def pause(self):
        """SIGSTOP: alive, holding its sockets, answering nobody."""
        self.process.signal(signal.SIGSTOP)

    def resume(self):
        self.process.signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        self.start()

    def not_ready(self):
        """None if it answers as it should, else why not."""
        try:
            self.probe()
        except (NotReady, OSError) as reason:
            return str(reason) or type(reason).__name__
        return None

    def _failure(self, what):
        return Failure(f"{self.name} {what}\n--- the end of {self.process.log}\n{self.process.tail()}")


def get(url, timeout=2):
    """The body of a 200 answer, else NotReady with what the answer says."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise NotReady(f"{url} says {error.code}: {error.read(500).decode(errors='replace')}") from None
