"""What goes wrong, as POST /_control says. Members that are not given stay as they are.

fail      so many calls of the API answer 500 and do nothing
lose      so many calls of the API are done, and their answer is lost (the connection is cut)
slow_ms   every call of the API takes so much longer
webhooks  sent, twice, shuffled (in the wrong order), or lost
early_ms  a call that makes something answers so long after its webhooks went out
"""

import threading
from dataclasses import dataclass, field


@dataclass
class Behaviour:
    fail: int = 0
    lose: int = 0
    slow_ms: int = 0
    webhooks: str = "sent"
    early_ms: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, **members):
        with self._lock:
            for name, value in members.items():
                setattr(self, name, value)

    def next_call(self):
        """What becomes of this call: done, fail or lose."""
        with self._lock:
            if self.fail > 0:
                self.fail -= 1
                return "fail"
            if self.lose > 0:
                self.lose -= 1
                return "lose"
        return "done"

    def shown(self):
        return {"fail": self.fail, "lose": self.lose, "slow_ms": self.slow_ms, "webhooks": self.webhooks,
                "early_ms": self.early_ms}
