/* command: every command and query of the wire, declared once for facades and db-svc.
 *
 * A message's body is the REST body plus the ids that its path would carry; an update has its merge
 * patch under "patch"; a query has the query string's names. Adding a command is a row here, a
 * route row in a service, and a decision (or a read) in db-svc. Tables are constant: any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "libshared/record/record.h"

enum module {
    MODULE_EVENTS,
    MODULE_TICKETS,
    MODULE_ATTENDEES,
    MODULE_NOTIFICATIONS,
    MODULE_PAYMENTS,
    MODULES
};
const char *module_name(enum module module); /* "events" */

enum command_id {
    ID_EVENT,
    ID_TICKET_TYPE,
    ID_ORDER,
    ID_ATTENDEE,
    ID_NOTIFICATION,
    ID_DELIVERY,
    ID_IMPORT,
    ID_SUPPRESSION,
    ID_CHECK_IN_LIST,
    ID_TICKET, /* a number, from 1, within its order */
    IDS
};
struct command;
/* HAS(…) of all that may be there. */
unsigned command_all_ids(const struct command *command);
const char *command_id_name(enum command_id id);   /* "event_id" */
const char *command_id_prefix(enum command_id id); /* "event"; NULL: a number */
#define HAS(id) (1u << (id))

enum command_shape {
    COMMAND_BODY,    /* the body decodes into `request` */
    COMMAND_REPLACE, /* PUT: the body is the record anew */
    COMMAND_UPDATE,  /* PATCH: "patch" is a merge patch of the record */
    COMMAND_QUERY,   /* the query string's names decode into `request` */
};

struct command {
    const char *type;
    enum module module;
    enum command_shape shape;
    unsigned ids;                 /* which must be there: HAS(ID_EVENT) | … */
    unsigned may_ids;             /* which may be there, and then stand for the request */
    const struct record *request; /* NULL: nothing but the ids. REPLACE, UPDATE: the record */
    const struct record *reply;   /* what a 2xx shows; NULL: nothing */
    int status;                   /* of success */
    bool page;                    /* the reply is {"items": [reply], "next"} */
    bool in_body;  /* a query that REST asks with a body: it has what no address may */
    bool internal; /* only services send it: not in the documents of the REST side */
    const char *summary;
    unsigned known_ids; /* which may be there beside the request, if the sender knows them */
    /* The event that a right request names in another form, where its id is not there; in the
     * arena, or NULL. A NULL function: none does. */
    const char *(*event_of)(const void *arena, const void *request);
};

extern const struct command commands[];
extern const size_t commands_n;
const struct command *command_find(const char *type); /* NULL: none */
/* "tickets.commands", "tickets.queries", "payments.events"; constant. */
const char *command_topic(const struct command *command);

/* A message's body, taken apart. */
struct command_body {
    const struct command *command;
    const char *ids[IDS]; /* NULL: absent */
    void *request; /* COMMAND_BODY and COMMAND_QUERY: the struct of command->request, or NULL */
    const json_t
        *change; /* COMMAND_REPLACE and COMMAND_UPDATE: what record_edit() takes; borrowed */
};

/* Takes `body` (an object) apart into *ret. False with the violations added to the decoder's. For a
 * replace and an update only the ids and that the change is an object are checked here: the rest
 * needs the stored record. `ret->change` borrows from *ret_hold, which the caller decrefs when
 * done; NULL: there is no change, and nothing borrows from the body. */
bool command_decode(struct decoder *decoder, const struct command *command, const json_t *body,
                    struct command_body *ret, json_t **ret_hold)
    __attribute__((warn_unused_result));
/* Its inverse for COMMAND_BODY and COMMAND_QUERY: a new object of the ids and the request's
 * members, for the caller to decref. NULL ids, and a NULL request, are left out. */
json_t *command_json(const struct command_body *body);
/* The same as compact text, in the arena. */
const char *command_text(const void *arena, const struct command_body *body);
