#include "db-svc/routes.h"

#include "db-svc/dead_letters/desk.h"
#include "db-svc/picture_upload.h"
#include "libshared/service/docs.h"
#include "libshared/service/picture_answer.h"
#include "libshared/service/service.h"

static const struct route_document asyncapi_route = {
    .name = "asyncapi", .tag = "service", .json = true};
static const struct route_document kafka_docs_route = {.name = "docs_kafka", .tag = "service"};

#define READ (API_ADMIN | API_READ)
#define E "/v1/events/{event_id}"
#define A E "/attendees/{attendee_id}"
#define T E "/ticket-types/{ticket_type_id}"
#define N E "/notifications/{notification_id}"
#define LETTERS "/v1/dead-letters"
#define L LETTERS "/{topic}/{partition}/{offset}"
#define LETTER(method, pattern, verb, text)                                                        \
    {                                                                                              \
        method, pattern, .scopes = API_ADMIN, .serve = desk_serve_##verb,                          \
                         .content_type = "application/json", .summary = (text),                    \
                         .document = &desk_##verb##_document                                       \
    }

const struct route db_routes[] = {
    {"POST", "/v1/events", "event.create", API_ADMIN},
    {"GET", "/v1/events", "event.list", READ},
    {"GET", E, "event.get", READ},
    {"PUT", E, "event.replace", API_ADMIN},
    {"PATCH", E, "event.update", API_ADMIN},
    {"DELETE", E, "event.delete", API_ADMIN},
    {"POST", E "/cancel", "event.cancel", API_ADMIN},
    {"POST", E "/clone", "event.clone", API_ADMIN},
    {"PUT", E "/picture", .scopes = API_ADMIN, .on_headers = picture_upload_begin,
     .serve = picture_upload_serve, .content_type = "application/json",
     .summary = "Set the picture of an event, in the place of the one it had.",
     .document = &picture_upload_document},
    {"GET", E "/picture", "picture.get", READ, .show = picture_answer_show,
     .content_type = PICTURE_MEDIA_TYPE, .document = &picture_document},
    {"DELETE", E "/picture", "event.remove_picture", API_ADMIN},
    {"GET", E "/cancellation", "cancellation.get", READ},
    {"GET", E "/deletion", "deletion.get", READ},

    {"GET", E "/ledger", "ledger.list", READ},
    {"GET", E "/reconciliation", "reconciliation.get", READ, .patience_ms = 120000},

    {"POST", E "/attendees", "attendee.register", API_ADMIN},
    {"GET", E "/attendees", "attendee.list", READ},
    {"GET", A, "attendee.get", READ},
    {"PUT", A, "attendee.replace", API_ADMIN},
    {"PATCH", A, "attendee.update", API_ADMIN},
    {"DELETE", A, "attendee.delete", API_ADMIN},

    {"POST", E "/ticket-types", "ticket_type.create", API_ADMIN},
    {"GET", E "/ticket-types", "ticket_type.list", READ},
    {"GET", T, "ticket_type.get", READ},
    {"PUT", T, "ticket_type.replace", API_ADMIN},
    {"PATCH", T, "ticket_type.update", API_ADMIN},
    {"DELETE", T, "ticket_type.delete", API_ADMIN},

    {"POST", E "/notifications", "notification.create", API_ADMIN},
    {"GET", E "/notifications", "notification.list", READ},
    {"GET", N, "notification.get", READ},
    {"PUT", N, "notification.replace", API_ADMIN},
    {"PATCH", N, "notification.update", API_ADMIN},
    {"DELETE", N, "notification.delete", API_ADMIN},

    LETTER("GET", LETTERS, list, "List dead letters: messages that nobody could act on."),
    LETTER("GET", L, get, "A dead letter, with its headers and value."),
    LETTER("POST", L "/resend", resend, "Send a dead letter to its topic again."),
    LETTER("POST", L "/discard", discard, "Mark a dead letter as done with."),

    {"GET", "/asyncapi.json", .guarded = true, .serve = service_serve_asyncapi,
     .content_type = "application/json", .summary = "The Kafka side, as an AsyncAPI document.",
     .document = &asyncapi_route},
    {"GET", "/docs/kafka", .guarded = true, .serve = docs_serve_kafka, .content_type = "text/html",
     .summary = "That document, for people.", .document = &kafka_docs_route},
    {0},
};
