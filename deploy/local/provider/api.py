"""What the provider does: sessions, payments, refunds, disputes. One call at a time."""

import re

from books import new_id, now

SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
WHOLE = ("isk", "ugx")
THREE_DIGITS = ("bhd", "jod", "kwd", "omr", "tnd")
SESSION_MEMBERS = frozenset((
    "mode", "payment_method_types", "client_reference_id", "metadata", "payment_intent_data", "expires_at",
    "line_items", "success_url", "cancel_url", "return_url", "ui_mode"))

# The real provider's test cards.
DECLINED = {"4000000000000002": "generic_decline", "4000000000009995": "insufficient_funds",
            "4000000000000069": "expired_card", "4000000000000127": "incorrect_cvc"}
THREE_D_SECURE = ("4000002500003155", "4000002760003184")
REFUND_PENDING, REFUND_FAILS = "4000000000007726", "4000000000005126"
DISPUTED = "4000000000000259"


class RefusedError(Exception):
    def __init__(self, message, code=None, status=400):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message,
                               **({"code": code} if code else {})}}


class Api:
    def __init__(self, books, webhooks, url):
        self._books = books
        self._webhooks = webhooks
        self._url = url

    # Sessions

    def create_session(self, params):
        unknown = params.keys() - SESSION_MEMBERS
        if unknown:
            raise RefusedError(f"Received unknown parameters: {', '.join(unknown)}", "parameter_unknown")
        price = params["line_items"]["0"]["price_data"]
        amount, currency = int(price["unit_amount"]), price["currency"]
        if currency in WHOLE and amount % 100 or currency in THREE_DIGITS and amount % 10:
            raise RefusedError("Invalid amount", "amount_invalid")
        ends = int(params["expires_at"])
        if not now() + SHORTEST_S <= ends <= now() + LONGEST_S:
            raise RefusedError("expires_at must be between 30 minutes and 24 hours from now")
        embedded = params.get("ui_mode") == "embedded_page"
        id_ = new_id("cs_test")
        return self._books.put("session", {
            "id": id_, "object": "checkout.session", "mode": "payment", "livemode": False, "created": now(),
            "status": "open", "payment_status": "unpaid", "payment_intent": None, "amount_total": amount,
            "currency": currency, "metadata": params.get("metadata", {}), "expires_at": ends,
            "client_reference_id": params.get("client_reference_id"),
            "url": None if embedded else f"{self._url}/pay/{id_}",
            "client_secret": f"{id_}_secret_{new_id('s')}" if embedded else None,
            "success_url": params.get("success_url") or params.get("return_url"),
            "cancel_url": params.get("cancel_url"),
            "intent_metadata": params.get("payment_intent_data", {}).get("metadata", {})})

    def session(self, id_):
        return self._one("session", id_)

    def sessions(self, params):
        created = params.get("created", {})
        return [session for session in self._books.all("session")
                if int(created.get("gte", 0)) <= session["created"] <= int(created.get("lte", 1 << 60))]

    def expire_session(self, id_):
        session = self.session(id_)
        if session["status"] != "open":
            raise RefusedError(f"This Session is {session['status']}")
        session["status"] = "expired"
        self._books.put("session", session)
        self._webhooks.happened(("checkout.session.expired", session))
        return session

    # Paying

    def pay(self, id_, card, secure=True):
        """None: it is paid; else why not."""
        with self._books.lock:
            session = self.session(id_)
            if session["status"] == "complete":
                return "already paid"
            if session["status"] != "open" or session["expires_at"] <= now():
                return "expired"
            intent = self._intent_of(session)
            why = DECLINED.get(card) or ("authentication_required" if card in THREE_D_SECURE and not secure else None)
            charge = self._charge(intent, card, why)
            intent["latest_charge"] = charge["id"]
            if why:
                self._decline(intent, charge, why)
            else:
                self._succeed(session, intent, charge, card)
        return why

    def _intent_of(self, session):
        if session["payment_intent"]:
            return self._books.get("intent", session["payment_intent"])
        intent = self._books.put("intent", {
            "id": new_id("pi"), "object": "payment_intent", "livemode": False, "created": now(),
            "amount": session["amount_total"], "amount_received": 0, "currency": session["currency"],
            "status": "requires_payment_method", "metadata": session["intent_metadata"], "latest_charge": None,
            "last_payment_error": None})
        session["payment_intent"] = intent["id"]
        self._books.put("session", session)
        return intent

    def _charge(self, intent, card, why):
        return self._books.put("charge", {
            "id": new_id("ch"), "object": "charge", "livemode": False, "created": now(), "amount": intent["amount"],
            "amount_refunded": 0, "currency": intent["currency"], "payment_intent": intent["id"],
            "metadata": intent["metadata"], "status": "failed" if why else "succeeded", "refunded": False,
            "card": card[-4:]})

    def _decline(self, intent, charge, why):
        code = "authentication_required" if why == "authentication_required" else "card_declined"
        intent["last_payment_error"] = {"code": code, "charge": charge["id"],
                                        **({"decline_code": why} if code == "card_declined" else {})}
        self._books.put("intent", intent)
        self._webhooks.happened(("charge.failed", charge), ("payment_intent.payment_failed", intent))

    def _succeed(self, session, intent, charge, card):
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None,
                      refund_behaviour=card)
        session.update(status="complete", payment_status="paid")
        self._books.put("intent", intent)
        self._books.put("session", session)
        self._webhooks.happened(("charge.succeeded", charge), ("payment_intent.succeeded", intent),
                                ("checkout.session.completed", session))
        if card == DISPUTED:
            self.dispute(intent["id"])

    def intent(self, id_):
        return self._one("intent", id_)

    def intents(self):
        return self._books.all("intent")

    def search_intents(self, query):
        found = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", query)
        if not found:
            raise RefusedError("We were unable to parse your search query")
        return [self._expanded(intent) for intent in self._books.all("intent")
                if intent["metadata"].get(found[1]) == found[2]]

    def _expanded(self, intent):
        charge = intent["latest_charge"] and self._books.get("charge", intent["latest_charge"])
        return {**intent, "latest_charge": charge}

    # Money back

    def create_refund(self, params):
        intent = self.intent(params["payment_intent"])
        if intent["status"] != "succeeded":
            raise RefusedError("This payment has not succeeded", "payment_intent_unexpected_state")
        charge = self._books.get("charge", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(params.get("amount", left))
        if left == 0:
            raise RefusedError("Charge has already been refunded.", "charge_already_refunded")
        if not 0 < amount <= left:
            raise RefusedError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
        if intent["currency"] in WHOLE and amount % 100 or intent["currency"] in THREE_DIGITS and amount % 10:
            raise RefusedError("Invalid amount", "amount_invalid")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        card = intent.get("refund_behaviour")
        refund = self._books.put("refund", {
            "id": new_id("re"), "object": "refund", "created": now(), "amount": amount, "currency": charge["currency"],
            "charge": charge["id"], "payment_intent": intent["id"], "metadata": params.get("metadata", {}),
            "status": "pending" if card == REFUND_PENDING else "succeeded"}, parent=intent["id"])
        self._books.put("charge", charge)
        self._webhooks.happened(("refund.created", refund), ("charge.refunded", charge))
        if card == REFUND_PENDING:
            self._webhooks.happened(("refund.updated", self._books.put("refund", {**refund, "status": "succeeded"})))
        elif card == REFUND_FAILS:
            self.fail_refund(refund["id"])
        return refund

    def fail_refund(self, id_):
        refund = self._one("refund", id_)
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        self._books.put("refund", refund)
        charge = self._books.get("charge", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self._books.put("charge", charge)
        self._webhooks.happened(("refund.failed", refund), ("refund.updated", refund))

    def refunds(self, params):
        return self._books.all("refund", parent=params.get("payment_intent"))

    def dispute(self, intent_id, reason="fraudulent"):
        intent = self.intent(intent_id)
        dispute = self._books.put("dispute", {
            "id": new_id("dp"), "object": "dispute", "created": now(), "livemode": False, "amount": intent["amount"],
            "currency": intent["currency"], "charge": intent["latest_charge"], "payment_intent": intent_id,
            "metadata": {}, "reason": reason, "status": "needs_response"})
        self._webhooks.happened(("charge.dispute.created", dispute))
        return dispute

    # Events

    def events(self, params):
        since = int(params.get("created", {}).get("gte", 0))
        kinds = set(params.get("types", {}).values())
        return [event for event in self._books.all("event")
                if event["created"] >= since and (not kinds or event["type"] in kinds)]

    def resend(self, id_=None):
        """One event, or all, the oldest first."""
        events = [self._one("event", id_)] if id_ else list(reversed(self._books.all("event")))
        for event in events:
            self._webhooks.send(event)
        return len(events)

    def forget_keys(self):
        self._books.forget_keys()

    def _one(self, kind, id_):
        thing = self._books.get(kind, id_)
        if thing is None:
            raise RefusedError(f"No such {kind}: '{id_}'", "resource_missing", 404)
        return thing
