"""Threads that work by themselves: refunds and endings."""

import threading
from collections.abc import Callable

from .bus import UnavailableError
from .log import Log

IDLE_S = 0.25
AWAY_S = 1.0


class Background:
    """Runs each piece of work over and over until close()."""

    def __init__(self, work: dict[str, Callable[[], bool]], log: Log) -> None:
        self._log = log
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(name, run_one), name=name, daemon=True)
                         for name, run_one in work.items()]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=3)

    def _run(self, name: str, run_one: Callable[[], bool]) -> None:
        while not self._ended.is_set():
            try:
                pause = 0.0 if run_one() else IDLE_S
            except UnavailableError as error:
                self._log.warning("background.waits", work=name, reason=str(error))
                pause = AWAY_S
            except Exception as error:  # one refund that cannot be read must not end the thread
                self._log.error("background.failed", work=name, error=type(error).__name__)
                pause = AWAY_S
            self._ended.wait(pause)
