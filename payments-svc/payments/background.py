"""Threads that work by themselves: refunds and endings."""

import threading
from collections.abc import Callable

from .bus import UnavailableError
from .log import Log

IDLE_S = 1.0
AWAY_S = 1.0


class Bell:
    """Rung when there is something to do; whoever waits looks then."""

    def __init__(self) -> None:
        self._changed = threading.Condition()

    def ring(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait(seconds)


class Background:
    """Runs each piece of work over and over until close(). What others have put there is found within a second."""

    def __init__(self, work: dict[str, Callable[[], bool]], bell: Bell, log: Log) -> None:
        self._log = log
        self._bell = bell
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(name, run_one), name=name, daemon=True)
                         for name, run_one in work.items()]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ended.set()
        self._bell.ring()
        for thread in self._threads:
            thread.join(timeout=3)

    def _run(self, name: str, run_one: Callable[[], bool]) -> None:
        while not self._ended.is_set():
            try:
                if not run_one():
                    self._bell.wait(IDLE_S)
                continue
            except UnavailableError as error:
                self._log.warning("background.waits", work=name, reason=str(error))
            except Exception as error:  # one refund that cannot be read must not end the thread
                self._log.error("background.failed", work=name, error=type(error).__name__)
            self._ended.wait(AWAY_S)
