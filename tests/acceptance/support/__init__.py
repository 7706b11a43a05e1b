"""How the acceptance tests speak to the stack: as any client would."""

from .bus import Bus
from .inbox import Inbox
from .rest import Rest
from .wait import eventually

__all__ = ["Bus", "Inbox", "Rest", "eventually"]
