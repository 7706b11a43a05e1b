"""Ends at the provider what nobody is to pay any more: its order lapsed, was cancelled or is paid."""

from .checkout import CLOSED
from .log import Log
from .providers import AskAgainError, Provider, RefusedError
from .refunds import CLAIM_MS
from .store import OPEN, Document, Store
from .times import now_ms
from .tracing import working_for


class EndingWorker:
    def __init__(self, store: Store, providers: dict[str, Provider], log: Log) -> None:
        self._store = store
        self._providers = providers
        self._log = log

    def run_one(self) -> bool:
        """False: nothing is due. Raises UnavailableError; the claim ends by itself then."""
        now = now_ms()
        payment = self._store.claim_ending(now, now + CLAIM_MS)
        if payment is None:
            return False
        with working_for(payment.get("traceparent")):
            self._end(payment)
        return True

    def _end(self, payment: Document) -> None:
        provider = self._providers.get(payment["provider"])
        try:
            if provider is not None and payment["status"] in OPEN and not provider.end(payment):
                # It has been paid: its webhook says so, and db-svc what that means.
                self._store.set_payment(payment["id"], {"end_at": None})
                return
        except AskAgainError as error:
            self._log.warning("ending.again", payment_id=payment["id"], code=str(error))
            return
        except RefusedError as error:
            self._log.error("ending.refused", payment_id=payment["id"], code=str(error))
        self._store.set_payment(payment["id"], {"status": "expired", **CLOSED}, among=OPEN)
        self._store.set_payment(payment["id"], {"end_at": None})
