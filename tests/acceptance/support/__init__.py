"""How the acceptance tests speak to the stack: as any client would."""

from .browser import CHROMIUM, Browser
from .bus import Bus, topic_of
from .clock import Clock
from .contract import messages_against
from .inbox import Inbox
from .printed import run_printed
from .problem import assert_problem, faults, problem_of
from .provider import Provider
from .proxy import Proxy
from .rest import AnyOf, Rest
from .scene import (UNSURE, at_once, attendee_body, created, event_body, insist, is_expired, new_event,
                    new_ticket_type, notification_body, on_sale, order_body, pages, path, settled, stock_of,
                    ticket_type_body)
from .wait import eventually, lasts, patience

__all__ = ["AnyOf", "Browser", "Bus", "CHROMIUM", "Clock", "Inbox", "Provider", "Proxy", "Rest", "UNSURE", "assert_problem", "at_once", "attendee_body",
           "created", "event_body", "eventually", "faults", "insist", "is_expired", "lasts", "messages_against", "new_event",
           "new_ticket_type", "notification_body", "on_sale", "order_body", "pages", "path", "patience",
           "problem_of", "run_printed", "settled", "stock_of", "ticket_type_body", "topic_of"]
