"""API keys: who may call, and what for. The file is the one of the other services."""

import hashlib
import os
import re
import time
from dataclasses import dataclass, field

SCOPES = ("admin", "sell", "hold", "gate", "attend", "notify", "read")
_LINE = re.compile(r"([A-Za-z0-9._-]{1,63}):([0-9a-fA-F]{64}):([a-z,]*)")
LOOK_EVERY_S = 1.0


class KeysError(Exception):
    """What is wrong with the file, a line each."""


@dataclass(frozen=True)
class Caller:
    name: str
    scopes: frozenset[str]

    def allows(self, scopes: frozenset[str]) -> bool:
        """Whether one of these is there; admin is every scope."""
        return not scopes or "admin" in self.scopes or bool(self.scopes & scopes)


EVERYBODY = Caller("anonymous", frozenset(SCOPES))


def parse(text: str, path: str) -> dict[str, Caller]:
    """By the hash of the key."""
    callers, faults = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        scopes = frozenset(match[3].split(",")) if match else frozenset()
        if not match or match[1] == "anonymous" or not scopes <= frozenset(SCOPES):
            faults.append(f"{path}:{number}: not name:sha256 of the key:scope,scope")
            continue
        callers[match[2].lower()] = Caller(match[1], scopes)
    if faults:
        raise KeysError("\n".join(faults))
    return callers


@dataclass
class Keys:
    """Reads the file again within two seconds of a change. Any thread may ask."""

    path: str
    _callers: dict[str, Caller] = field(default_factory=dict)
    _changed: tuple[int, int] = (0, 0)
    _looked: float = 0.0

    def load(self) -> None:
        """Raises KeysError or OSError."""
        with open(self.path, encoding="utf-8") as file:
            self._callers = parse(file.read(), self.path)
            stat = os.fstat(file.fileno())
        self._changed = (stat.st_mtime_ns, stat.st_ino)

    def find(self, authorization: str | None) -> Caller | None:
        self._refresh()
        parts = (authorization or "").split(" ")
        if len(parts) != 2 or parts[0].lower() != "bearer" or not parts[1]:
            return None
        return self._callers.get(hashlib.sha256(parts[1].encode("utf-8", "surrogateescape")).hexdigest())

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        try:
            stat = os.stat(self.path)
            if (stat.st_mtime_ns, stat.st_ino) != self._changed:
                self.load()
        except (OSError, KeysError):
            return  # what was known stays in force
