/* recipients: who of an audience gets a notification, on the page of it that is at hand. What they
 * point to is the decision's records. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/notification.h"

/* The most of one page. A list of recipients by name is one page at the most. */
#define ADDRESSEES_MAX 500

/* A person to send to. Of several with the same key, one gets the message. */
struct addressee {
    const char *key, *name, *address, *locale;
    const char *attendee_id, *order_id;
    bool buyer;        /* of the order */
    int64_t ticket;    /* of the order; 0: of none in particular */
    const char *error; /* why not; NULL: it can be tried */
};

struct recipients_found {
    struct decision *decision;
    const struct notification *notification;
    const struct audience_page *page;
    struct addressee *at;
    size_t n;
    bool full;        /* what comes next is the next page's */
    size_t seen;      /* records of the page, whether they are meant or not */
    const char *last; /* of those, the last one's id */
};

/* In the order in which they are found. */
struct recipients_found recipients_of(struct decision *decision,
                                      const struct notification *notification,
                                      const struct audience_page *page);
