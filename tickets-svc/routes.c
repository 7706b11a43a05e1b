#include "tickets-svc/routes.h"

#include "libshared/contract/order.h"
#include "libshared/service/list_export.h"
#include "libshared/service/picture_answer.h"
#include "tickets-svc/check_in_picture.h"
#include "tickets-svc/event_picture.h"
#include "tickets-svc/order_page.h"
#include "tickets-svc/orders_export.h"
#include "tickets-svc/serve.h"
#include "tickets-svc/ticket_qr.h"
#include "tickets-svc/tickets_export.h"
#include "tickets-svc/tickets_pdf.h"

/* `hold` may only hold, not sell. */
static unsigned order_scopes(const struct command_body *body)
{
    const struct order *order = body->request;
    return order->hold_seconds.set ? API_HOLD | API_SELL : API_SELL;
}

/* Used tickets are for who can answer for it. */
static unsigned part_scopes(const struct command_body *body)
{
    const struct order_part *part = body->request;
    return part->force.value ? API_ADMIN : API_SELL;
}

#define NAMED(name_) (&(const struct route_document){.name = (name_)})

static const struct route_document facts_document = {
    .name = "facts_stream",
    .description =
        "Each message has `event: fact`; its `data` is a JSON object with the fact's `ce_id`, "
        "`ce_type`, `ce_source`, `ce_time` and `ce_sequence`, its `topic` and, as `data`, its "
        "body; `id` is the position behind it. A fact may come more than once, with the same "
        "`ce_id`. The first message has a position and no data. Without Last-Event-ID the stream "
        "begins with what happens from now on; facts of the last 24 h are sent again, 10,000 at "
        "most.",
    .headers = (const struct route_parameter[]){{"Last-Event-ID", "string",
                                                 "The position from which on facts are sent: the "
                                                 "`id` of the last message that was read."},
                                                {0}},
    .refuses = (const int[]){410, 0},
    .over_kafka = "the topics `events.facts`, `tickets.facts`, `attendees.facts` and "
                  "`notifications.facts`.",
};

/* Of one's own order. */
#define TRIED(name_)                                                                               \
    (&(const struct route_document){.name = (name_), .refuses = (const int[]){410, 429, 0}})
#define MINE "/v1/orders/mine"
static const struct route_document page_document = {.name = "own_order_page", .tag = "tickets"};

#define E "/v1/events/{event_id}"
#define T E "/ticket-types/{ticket_type_id}"
#define O E "/orders/{order_id}"
#define N O "/tickets/{n}"
#define L E "/check-in-lists/{check_in_list_id}"

/* Any key may see what is for sale; orders name people. A key that sells may see an order whose id
 * they know, and list none. */
const struct route tickets_routes[] = {
    {"GET", "/v1/events", "listed_event.list", API_ALL, .document = NAMED("event_list")},
    {"GET", E, "event.get", API_ALL},
    {"GET", E "/picture", "picture.get", .serve = event_picture_serve,
     .content_type = PICTURE_MEDIA_TYPE,
     .summary = "The picture of an event; of a draft it needs a key.",
     .document = &picture_document},
    {"GET", E "/cancellation", "cancellation.get", API_ADMIN | API_READ},
    {"GET", E "/availability", "availability.get", API_ALL, .serve = serve_availability},
    {"GET", E "/availability/stream", "availability.get", API_ALL, .serve = serve_stream,
     .streams = true, .content_type = "text/event-stream",
     .summary = "Every change of an event's availability, as server-sent events.",
     .document = NAMED("availability_stream")},
    {"GET", E "/facts", "availability.get", API_READ, .serve = serve_facts, .streams = true,
     .content_type = "text/event-stream",
     .summary = "Everything that happens to an event, as server-sent events.",
     .document = &facts_document},

    {"GET", E "/ticket-types", "ticket_type.list", API_ALL},
    {"GET", T, "ticket_type.get", API_ALL},
    {"PATCH", T, "ticket_type.update", API_ADMIN},
    {"GET", T "/availability", "availability.get", API_ALL, .serve = serve_availability},

    {"GET", "/v1/orders", "order.search", API_READ},
    {"POST", "/v1/orders/search", "order.find", API_READ},
    {"GET", "/v1/orders/export", "listed_order.list", API_READ, .show = orders_export,
     .streams = true, .parameters = &list_export_parameters_record, .content_type = "text/csv",
     .other_type = "application/x-ndjson",
     .summary = "The orders found as a file: CSV, of one event with a column for each question, or "
                "a JSON object a line; without codes in CSV.",
     .document = NAMED("order_export")},

    /* No key: the token is all the right that is needed, and all that it gives. */
    {"GET", MINE, .serve = order_page_serve, .content_type = "text/html",
     .summary = "The page of a buyer's own order.", .document = &page_document},
    {"POST", MINE, "own_order.get", 0, .check = order_page_check_open, .told = order_page_told,
     .document = TRIED(NULL)},
    {"POST", MINE "/tickets.pdf", "own_tickets.get", 0, .check = order_page_check_open,
     .told = order_page_told, .show = tickets_pdf, .content_type = "application/pdf",
     .summary = "One's own tickets of an order to print, a page each, by the token of a link.",
     .document = TRIED(NULL)},
    {"POST", MINE "/event.ics", "order.calendar_by_token", 0, .check = order_page_check,
     .told = order_page_told, .show = order_page_calendar, .content_type = "text/calendar",
     .summary = "The event of an order as a file for calendars, by the token of a link.",
     .document = TRIED(NULL)},
    {"POST", MINE "/tickets/{n}/transfer", "ticket.transfer_by_token", 0, .check = order_page_check,
     .told = order_page_told, .document = TRIED(NULL)},
    {"POST", MINE "/tickets/{n}/name", "ticket.rename_by_token", 0, .check = order_page_check,
     .told = order_page_told, .document = TRIED(NULL)},
    {"POST", MINE "/tickets/{n}/answers", "ticket.answer_by_token", 0, .check = order_page_check,
     .told = order_page_told, .document = TRIED(NULL)},
    {"POST", MINE "/tickets/{n}/cancel", "ticket.cancel_by_token", 0, .check = order_page_check,
     .told = order_page_told, .document = TRIED(NULL)},
    {"POST", MINE "/cancel", "order.cancel_by_token", 0, .check = order_page_check,
     .told = order_page_told, .document = TRIED(NULL)},

    {"POST", E "/orders", "order.place", API_HOLD | API_SELL, order_scopes,
     .refused_alike_but_for = (const char *const[]){"buyer", "external_id", "metadata", NULL}},
    {"GET", E "/orders", "order.list", API_READ},
    {"GET", O, "order.get", API_READ | API_SELL},
    {"PATCH", O, "order.update", API_SELL},
    {"POST", O "/answers", "order.answer", API_SELL},
    {"POST", O "/confirm", "order.confirm", API_SELL},
    {"POST", O "/extend", "order.extend", API_HOLD | API_SELL},
    {"POST", O "/cancel", "order.cancel", API_SELL, part_scopes},
    {"POST", O "/refund", "order.refund", API_SELL, part_scopes},
    {"POST", O "/resend", "order.resend", API_SELL},
    {"POST", O "/links", "order_links.get", API_SELL},
    {"GET", O "/history", "order_history.list", API_READ},
    {"POST", O "/erase", "order.erase", API_ADMIN},
    {"GET", O "/erasure", "erasure.get", API_ADMIN | API_READ},

    {"GET", O "/tickets.pdf", "order_tickets.get", API_READ | API_SELL, .show = tickets_pdf,
     .content_type = "application/pdf",
     .summary = "The tickets of an order to print, a page each; 404 if none admits anybody."},
    {"GET", N, "order_ticket.get", API_READ | API_SELL},
    {"POST", N "/assign", "ticket.assign", API_SELL},
    {"POST", N "/transfer", "ticket.transfer", API_SELL},
    {"POST", N "/reissue", "ticket.reissue", API_SELL},
    {"GET", N "/qr.svg", "order_ticket.get", API_READ | API_SELL, .show = ticket_qr_svg,
     .content_type = "image/svg+xml", .summary = "The QR code of a ticket, as SVG.",
     .document = NAMED("order_ticket_qr_svg")},
    {"GET", N "/qr.png", "order_ticket.get", API_READ | API_SELL, .show = ticket_qr_png,
     .content_type = "image/png", .summary = "The QR code of a ticket, as PNG.",
     .document = NAMED("order_ticket_qr_png")},

    {"POST", E "/check-in-lists", "check_in_list.create", API_ADMIN},
    {"GET", E "/check-in-lists", "check_in_list.list", API_GATE | API_READ},
    {"GET", L, "check_in_list.get", API_GATE | API_READ},
    {"PUT", L, "check_in_list.replace", API_ADMIN},
    {"PATCH", L, "check_in_list.update", API_ADMIN},
    {"DELETE", L, "check_in_list.delete", API_ADMIN},
    {"GET", L "/numbers", "check_in_numbers.get", API_GATE | API_READ},
    {"GET", L "/numbers.svg", "check_in_numbers.get", API_GATE | API_READ, .show = check_in_picture,
     .content_type = "image/svg+xml",
     .summary = "The numbers of a check-in list as a small picture.",
     .document = NAMED("check_in_picture")},

    {"POST", E "/check-ins", "ticket.check_in", API_GATE},
    {"GET", E "/check-ins", "scan.list", API_GATE | API_READ},
    {"POST", E "/check-ins/undo", "ticket.undo_check_in", API_GATE},
    {"POST", E "/check-ins/bulk", "ticket.check_in_bulk", API_GATE},
    {"GET", E "/check-ins/codes", "ticket.list", API_GATE},
    {"GET", E "/check-ins/key", "ticket_key.get", API_ALL},
    {"GET", E "/tickets", "listed_ticket.list", API_READ, .document = NAMED("ticket_list")},
    {"GET", E "/tickets/export", "listed_ticket.list", API_READ, .show = tickets_export,
     .streams = true, .parameters = &list_export_parameters_record, .content_type = "text/csv",
     .other_type = "application/x-ndjson",
     .summary = "The tickets of an event as a file, with a column for each question: CSV, or a "
                "JSON object a line; without codes.",
     .document = NAMED("ticket_export")},
    {"POST", E "/tickets/lookup", "ticket.get", API_GATE | API_READ},
    {0},
};
