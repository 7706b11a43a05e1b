#include "attendees-svc/routes.h"

#include "attendees-svc/export.h"
#include "attendees-svc/import.h"
#include "attendees-svc/import_request.h"
#include "attendees-svc/page.h"
#include "attendees-svc/unsubscribe.h"
#include "libshared/contract/import.h"
#include "libshared/contract/self_service.h"
#include "libshared/service/list_export.h"

/* Nobody else is asked of what is no token at all. */
static enum problem_code check_token(struct facade_call *call, const struct command_body *body)
{
    (void)call;
    return body->ids[ID_EVENT] != NULL ? PROBLEM_NONE : PROBLEM_invalid_token;
}

static const struct route_parameter token[] = {{"token", "string", "The token of a link."}, {0}};
static const struct route_document import_document = {
    .name = "attendee_import",
    .tag = "attendees",
    .parameters = &import_request_record,
    .takes_type = "text/csv",
    .takes_example = "name,email,phone\nAna García,ana@example.org,+34600111222\n",
    .status = 202,
    .shows = &import_record,
    .begins = true,
};
static const struct route_document unsubscribe_document = {
    .name = "attendee_unsubscribe_by_token",
    .tag = "attendees",
    .query = token,
    .takes = &self_service_request_record,
    .takes_type = "application/x-www-form-urlencoded",
    .takes_example = "List-Unsubscribe=One-Click",
    .shows = &self_service_state_record,
};
#define PAGE(verb)                                                                                 \
    (&(const struct route_document){                                                               \
        .name = "attendee_" verb "_page", .tag = "attendees", .query = token})
static const struct route_document export_document = {.name = "attendee_export"};

#define E "/v1/events/{event_id}"
#define A E "/attendees/{attendee_id}"

const struct route attendees_routes[] = {
    {"POST", E "/attendees", "attendee.register", API_ATTEND},
    {"GET", E "/attendees", "attendee.list", API_ATTEND | API_READ},
    {"GET", E "/attendees/counts", "attendee_counts.get", API_ATTEND | API_READ},
    {"GET", E "/attendees/export", "listed_attendee.list", API_ATTEND | API_READ,
     .show = export_list, .streams = true, .parameters = &list_export_parameters_record,
     .content_type = "text/csv", .other_type = "application/x-ndjson",
     .summary = "The list as a file: CSV, or a JSON object a line.", .document = &export_document},
    {"POST", E "/attendees/import", .scopes = API_ATTEND, .on_headers = import_begin,
     .serve = import_end, .streams = true, .content_type = "application/json",
     .summary = "Import a list as text/csv; ?dry_run=true only reports what would happen.",
     .document = &import_document},
    {"GET", E "/imports", "import.list", API_ATTEND | API_READ},
    {"GET", E "/imports/{import_id}", "import.get", API_ATTEND | API_READ},
    {"GET", A, "attendee.get", API_ATTEND | API_READ},
    {"PATCH", A, "attendee.update", API_ATTEND},
    {"GET", A "/tickets", "attendee_ticket.list", API_ATTEND | API_READ},
    {"POST", A "/confirm", "attendee.confirm", API_ATTEND},
    {"POST", A "/cancel", "attendee.cancel", API_ATTEND},
    {"POST", A "/links", "attendee_links.get", API_ATTEND},
    /* No key: the token is all the right that is needed, and all that it gives. */
    {"POST", "/v1/attendees/confirm", "attendee.confirm_by_token", 0, .check = check_token},
    {"POST", "/v1/attendees/cancel", "attendee.cancel_by_token", 0, .check = check_token},
    {"POST", "/v1/attendees/unsubscribe", .serve = unsubscribe, .content_type = "application/json",
     .summary =
         "Withdraw one's own marketing_consent: by the token as JSON, or as mail programs do "
         "(RFC 8058), with ?token= and a form.",
     .document = &unsubscribe_document},
    {"GET", "/v1/attendees/confirm", .serve = page_show, .content_type = "text/html",
     .summary = "A page that asks a person whether to confirm.", .document = PAGE("confirm")},
    {"GET", "/v1/attendees/cancel", .serve = page_show, .content_type = "text/html",
     .summary = "A page that asks a person whether to cancel.", .document = PAGE("cancel")},
    {"GET", "/v1/attendees/unsubscribe", .serve = page_show, .content_type = "text/html",
     .summary = "A page that asks a person whether to unsubscribe from marketing.",
     .document = PAGE("unsubscribe")},
    {"GET", A "/history", "attendee_history.list", API_ATTEND | API_READ},
    {"POST", A "/erase", "attendee.erase", API_ATTEND},
    {"GET", A "/erasure", "erasure.get", API_ATTEND | API_READ},
    {0},
};
