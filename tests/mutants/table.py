"""The mutants: where, what is right, what is wrong instead, and the suite that must notice."""

from typing import NamedTuple


class Mutant(NamedTuple):
    what: str
    file: str
    right: str  # once in the file
    wrong: str
    suite: str


RULES = "db-svc/rules"

MUTANTS = [
    Mutant("a hold that is released stays held", f"{RULES}/sales/stock.c",
           "{MOVEMENT_RELEASED, 0, -1}", "{MOVEMENT_RELEASED, 0, 0}", f"{RULES}/sales/check_order"),
    Mutant("a returned ticket stays sold", f"{RULES}/sales/stock.c",
           "{MOVEMENT_RETURNED, -1, 0}", "{MOVEMENT_RETURNED, 0, 0}", f"{RULES}/sales/check_order"),
    Mutant("a pool does not count what is held", f"{RULES}/sales/stock.c",
           "pool->capacity - pool->sold - pool->held", "pool->capacity - pool->sold", f"{RULES}/sales/check_pool"),
    Mutant("a type that joins a pool brings nothing with it", f"{RULES}/sales/stock.c",
           "move_pool(turn, stock, MOVEMENT_JOINED, on, NULL);", "(void)on;", f"{RULES}/sales/check_pool"),
    Mutant("one ticket too many is sold", f"{RULES}/sales/order_place.c",
           "if (room.available >= quantity)", "if (room.available + 1 >= quantity)", f"{RULES}/sales/check_order"),
    Mutant("a limit may be passed by one", f"{RULES}/sales/order_place.c",
           "quantity <= limit.value", "quantity <= limit.value + 1", f"{RULES}/sales/check_order"),
    Mutant("a buyer's earlier orders do not count", f"{RULES}/sales/order_place.c",
           "has + item->quantity", "0 * has + item->quantity", f"{RULES}/sales/check_order"),
    Mutant("sales go on in their last instant", f"{RULES}/sales/order_place.c",
           "now >= type->sales_end.ms", "now > type->sales_end.ms", f"{RULES}/sales/check_order"),
    Mutant("a hold can be extended twice", f"{RULES}/sales/order.c",
           "if (order->extended.value)", "if (false)", f"{RULES}/sales/check_order"),
    Mutant("an extension may pass the longest hold", f"{RULES}/sales/order.c",
           "end < latest ? end : latest", "end", f"{RULES}/sales/check_order"),
    Mutant("a hold lasts one instant longer", f"{RULES}/sales/ordering.c",
           "turn_now(turn) >= order->expires_at.ms", "turn_now(turn) > order->expires_at.ms", f"{RULES}/sales/check_order"),
    Mutant("any amount pays for an order", f"{RULES}/sales/payment.c",
           "a->amount == b->amount && ", "", f"{RULES}/sales/check_payment"),
    Mutant("a payment after the event's end of sales is kept", f"{RULES}/sales/payment.c",
           'return "order_cancelled";', "return NULL;", f"{RULES}/sales/check_payment"),
    Mutant("any gate may say that a scan was its own", f"{RULES}/sales/check_in.c",
           "same(scan->gate, ticket->gate)", "true", f"{RULES}/sales/check_ticket"),
    Mutant("a scan without a nonce is taken for a retry", f"{RULES}/sales/check_in.c",
           "scan->nonce != NULL && ", "", f"{RULES}/sales/check_ticket"),
    Mutant("a ticket of another event opens the door", f"{RULES}/sales/check_in.c",
           "if (strcmp(order->event_id, event->id) != 0)", "if (false)", f"{RULES}/sales/check_ticket"),
    Mutant("a void ticket opens the door", f"{RULES}/sales/check_in.c",
           " && order->tickets.at[index].status != TICKET_VOID", "", f"{RULES}/sales/check_ticket"),
    Mutant("the door opens before its time", f"{RULES}/sales/check_in.c",
           "scan->at.ms < event->check_in_opens_at.ms", "false", f"{RULES}/sales/check_ticket"),
    Mutant("a cancelled person keeps the address", f"{RULES}/people/registration.c",
           "if (attendee->status == ATTENDEE_CANCELLED)", "if (false)", f"{RULES}/people/check_attendee"),
    Mutant("an address is taken twice", f"{RULES}/people/registration.c",
           "return other == NULL || (own_id != NULL && strcmp(other->id, own_id) == 0);",
           "return other == NULL || own_id == NULL || strcmp(other->id, own_id) == 0;", f"{RULES}/people/check_attendee"),
    Mutant("another instance claims an attempt again", f"{RULES}/messages/report.c",
           "strncmp(delivery->claim, report->claim, length) == 0", "length > 0", f"{RULES}/messages/check_delivery"),
    Mutant("whoever did not claim may report", f"{RULES}/messages/report.c",
           "strcmp(delivery->claim, report->claim) == 0 &&", "true &&", f"{RULES}/messages/check_delivery"),
    Mutant("tickets and links stay in a receipt of claims", f"{RULES}/messages/reporting.c",
           "answer.forgotten = taking.claims;", "answer.forgotten = false;", f"{RULES}/messages/check_delivery_bulk"),
    Mutant("a claim that ends its delivery tells of it without a receipt", f"{RULES}/messages/reporting.c",
           " || (claims && report_is_in_vain(turn, event_id, id, report))", "", f"{RULES}/messages/check_delivery_bulk"),
    Mutant("sales wait behind a mailing", "db-svc/writer/intake.c",
           "if (!resting)", "if (!resting || true)", "db-svc/writer/check_intake"),
    Mutant("ids are spread as by another partitioner", "libshared/kafka/partitioner.c",
           "h ^= h >> 15;", "h ^= h >> 16;", "libshared/kafka/check_partitioner"),
    Mutant("a reply to another instance is taken", "libshared/kafka/pending.c",
           "memcmp(id, pending->instance, pending->instance_size) == 0", "id != NULL", "libshared/kafka/check_pending"),
    Mutant("a slot used again answers the one before", "libshared/kafka/pending.c",
           " || entry->generation != tag >> 32", "", "libshared/kafka/check_pending"),
    Mutant("a weak tag matches where it must not", "libshared/http/conditional.c",
           "!(strong && tag.weak)", "(strong || !strong)", "libshared/http/check_conditional"),
    Mutant("a request that two readers could read in two ways is let in", "libshared/http/head.c",
           "fields->hosts > 1 || ", "", "libshared/http/check_server"),
    Mutant("a body with both a length and chunks is let in", "libshared/http/head.c",
           "fields->length != NULL || old", "old", "libshared/http/check_server"),
    Mutant("all senders take what few can do", "notify-svc/senders.c",
           "(senders->busy < senders->config.few ||\n", "(true ||\n", "notify-svc/check_senders"),
    Mutant("what is open is committed", "notify-svc/offsets.c",
           "while (n < offsets->n && offsets->begun[n].ended)", "while (n < offsets->n)", "notify-svc/check_offsets"),
    Mutant("an older count of a pool takes a newer one's place", "tickets-svc/entries.c",
           "if (level->rev <= pool->rev)", "if (false)", "tickets-svc/check_availability_pools"),
]
