/* notification: a message to many, and its delivery to one. */
#pragma once

#include "libshared/contract/channel.h"
#include "libshared/contract/common.h"
#include "libshared/contract/event_picture.h"

#define NOTIFICATION_PREFIX "notif"
#define DELIVERY_PREFIX "delivery"
#define NOTIFICATION_MESSAGE_BYTES (100 * 1024)

enum notification_status {
    NOTIFICATION_UNSET,
    NOTIFICATION_DRAFT,
    NOTIFICATION_SCHEDULED,
    NOTIFICATION_SENDING,
    NOTIFICATION_SENT,
    NOTIFICATION_CANCELLED,
};
extern const char *const notification_status_names[];

enum delivery_status {
    DELIVERY_UNSET,
    DELIVERY_QUEUED,
    DELIVERY_SENDING,
    DELIVERY_SENT,
    DELIVERY_DELIVERED,
    DELIVERY_FAILED,
    DELIVERY_BOUNCED,
    DELIVERY_SUPPRESSED,
};
extern const char *const delivery_status_names[];
extern const char *const audience_pages_names[];

enum settlement_status {
    SETTLEMENT_UNSET,
    SETTLEMENT_FAILED,
    SETTLEMENT_DELIVERED,
    SETTLEMENT_BOUNCED,
    SETTLEMENT_COMPLAINED,
};
extern const char *const settlement_status_names[];
extern const char *const bulk_result_names[];

/* The messages that an event sends by itself. */
enum automatic {
    AUTOMATIC_UNSET,
    AUTOMATIC_WELCOME,
    AUTOMATIC_TICKETS,
    AUTOMATIC_POSTPONED,
    AUTOMATIC_CANCELLED,
    AUTOMATIC_REMINDER,
    AUTOMATIC_ADDRESS_CHANGED,
    AUTOMATIC_MOVED,
    AUTOMATIC_REFUNDED,
};

enum notification_per { PER_UNSET, PER_RECIPIENT, PER_TICKET };
#define ATTACH_CALENDAR "calendar"
#define ATTACH_TICKETS "tickets"

struct recipient {
    const char *name, *email, *phone, *locale;
};
/* Orders as a help desk filters them: those that fit all that is given. */
struct audience_orders {
    int status; /* enum order_status; 0: any */
    const char *ticket_type_id, *payment_id;
    struct opt_bool refund_due;
    struct opt_time created_from, created_before;
};
struct audience { /* exactly one is given */
    struct opt_bool all, everyone;
    struct texts attendees;
    int status; /* enum attendee_status */
    const char *ticket_type_id, *order_id;
    struct opt_int64 ticket; /* of the order: its owner alone, of what an event sends by itself */
    struct audience_orders *orders;
    LIST_OF(struct recipient) recipients;
};
struct notification_counts {
    int64_t queued, sent, failed, suppressed;
};

/* A text in one language. */
struct notification_text {
    const char *locale, *subject, *message;
};

/* When and where an event was to be before it was moved. */
struct event_place {
    int64_t starts_at;
    const char *time_zone, *location;
};

struct notification {
    COMMON_MEMBERS;
    const char *event_id;
    enum channel channel;
    const char *subject, *message, *locale;
    LIST_OF(struct notification_text) texts; /* in other languages */
    struct audience *audience;
    enum notification_per per;    /* the mails for a person with several tickets; unset: one */
    struct texts attach;          /* what goes with an e-mail */
    struct event_place *previous; /* of news that the event was moved */
    enum automatic automatic;     /* unset: somebody has written it */
    struct opt_bool rewritten;    /* automatic, with a text that somebody has changed */
    struct opt_bool marketing;    /* only for those who consented */
    struct opt_time send_at, sent_at;
    const char *before_start, *after_end; /* durations: keeps to its event's times */
    struct opt_time planned_at;           /* of what keeps to its event; unset: not known */
    enum notification_status status;
    struct notification_counts *counts;
    struct opt_time erased_at; /* then its text, which was for one person, is gone */
    struct opt_bool expanded;  /* every recipient has a delivery */
    struct opt_time due_at;    /* when the writer must look at it again */
    int64_t partition;         /* of its event */
};

/* The tickets that a delivery tells of; unset: of none. */
enum delivery_about {
    ABOUT_UNSET,
    ABOUT_TICKET,   /* the one */
    ABOUT_ORDER,    /* the reader's of the order */
    ABOUT_BUYER,    /* the reader's of the audience's type */
    ABOUT_ATTENDEE, /* those assigned to the attendee */
};

/* A place in a delivery's text where something is put in as it goes out, in bytes from its begin.
 */
struct delivery_mark {
    int64_t at;
};
struct delivery_marks {
    LIST_OF(struct delivery_mark) subject, message;
};

struct delivery {
    COMMON_MEMBERS;
    const char *event_id, *notification_id, *recipient, *address, *locale;
    enum channel channel;
    enum delivery_status status;
    int64_t attempts;
    const char *attendee_id, *order_id; /* whose it is; NULL: of neither */
    struct opt_int64 ticket;            /* the only one of the order that it is about */
    struct opt_bool buyer;              /* the order's buyer's; unset: not said */
    struct opt_bool elsewhere;          /* to an address that somebody gave: it follows nobody */
    enum delivery_about about;          /* which tickets it tells of */
    const char *subject, *message;      /* as they were sent; NULL: not tried yet */
    struct delivery_marks *marks;       /* in them; NULL: not known */
    const char *provider_id;
    struct opt_time sent_at;
    struct opt_time erased_at; /* then it names nobody */
    const char *error;         /* a mail server's words, which may name the address */
    const char *claim;         /* of the attempt that is sending */
    const char *lost_claim;    /* of the same attempt, by a process of the sender that is gone */
    int64_t resends;           /* how often it was asked for again */
    struct opt_time due_at;    /* when the writer must look at it again */
    int64_t partition;
};

/* delivery.offered: an attempt that is to be made, once it is claimed. */
struct delivery_offer {
    const char *event_id, *notification_id, *delivery_id;
    const char *channel; /* its name: a later release may have one more */
    int64_t attempt;
};
/* delivery.record: what notify-svc says of an attempt. */
struct delivery_report {
    const char *delivery_id; /* of a bulk only */
    enum delivery_status status;
    int64_t attempt;
    const char *claim, *sender, *provider_id, *error;
};
/* A ticket that a message is about. */
struct delivery_ticket {
    int64_t number; /* within its order, from 1 */
    const char *code, *signature;
    const char *type, *holder; /* names; NULL: unknown, for nobody in particular */
};
/* The event as a mail shows it, with times as its reader writes them. */
struct delivery_event {
    const char *name, *when, *where;
    const char *status;             /* its name */
    const char *locale;             /* of the text; NULL: not known */
    const char *color, *text_color; /* #rrggbb, and what can be read on it; NULL: not said */
    struct event_picture *picture;  /* NULL: none */
};
/* The answer to a granted claim: all there is to send. */
struct delivery_payload {
    const char *id, *notification_id, *event_id, *name, *address, *subject, *message;
    enum channel channel;
    enum delivery_status status;
    int64_t attempts, resends;
    const char *unsubscribe;                 /* an address; NULL: nothing to leave */
    LIST_OF(struct delivery_ticket) tickets; /* whose codes go with it */
    const char *calendar;                    /* a file; NULL: does not go with it */
    struct delivery_event *event;            /* of an e-mail; NULL: not known */
    struct opt_bool automatic;               /* no person has sent it */
    const char *reply_to;                    /* an address; NULL: the sender's */
};
/* delivery.record_bulk: what notify-svc says of attempts at several deliveries of an event. */
#define DELIVERY_BULK 64
struct delivery_bulk {
    LIST_OF(struct delivery_report) reports;
};
enum bulk_result { BULK_UNSET, BULK_TAKEN, BULK_REFUSED, BULK_ALONE };
struct delivery_bulk_outcome {
    enum bulk_result result;
    struct delivery_payload *order; /* of a claim that is granted */
};
struct delivery_bulk_outcomes {
    LIST_OF(struct delivery_bulk_outcome) results;
};
/* delivery.settle: what became of a message that was handed over. */
struct delivery_settlement {
    enum settlement_status status;
    const char *error;
    struct opt_bool permanent; /* of a bounce; unset: it is */
    struct opt_int64 resends;  /* of which sending; unset: the last */
};
/* A text tried out on one attendee, and what that gives. */
struct preview {
    const char *attendee_id, *subject, *message, *locale;
    LIST_OF(struct notification_text) texts;
    enum channel channel;
};
struct preview_text {
    const char *recipient, *address, *subject, *message;
    enum channel channel;
};
/* The page of an audience that is being given its deliveries. */
enum audience_pages {
    PAGES_UNSET,
    PAGES_NAMED,
    PAGES_ATTENDEES,
    PAGES_ORDERS,
    PAGES_HOLDERS,
    PAGES_FOUND
};
struct audience_page {
    enum audience_pages pages; /* of what: named ones come all in one page */
    int status;                /* enum attendee_status: of attendees; unset: any */
    const char *after;         /* attendee or order id; NULL: from the first */
};
/* event.reschedule_page: the page of what keeps to an event that is next. */
struct reschedule_page {
    int64_t version;   /* of the event, once it had changed */
    const char *after; /* notification id */
};

RECORD_OF(struct notification, notification_record);
RECORD_OF(struct recipient, recipient_record);
RECORD_OF(struct delivery, delivery_record);
RECORD_OF(struct delivery_offer, delivery_offer_record);
RECORD_OF(struct delivery_report, delivery_report_record);
RECORD_OF(struct delivery_event, delivery_event_record);
RECORD_OF(struct delivery_ticket, delivery_ticket_record);
RECORD_OF(struct delivery_payload, delivery_payload_record);
RECORD_OF(struct delivery_bulk, delivery_bulk_record);
/* One of several; and its `result` alone, where the order cannot be read. */
RECORD_OF(struct delivery_bulk_outcome, delivery_bulk_outcome_record);
RECORD_OF(struct delivery_bulk_outcome, delivery_bulk_result_record);
RECORD_OF(struct delivery_bulk_outcomes, delivery_bulk_outcomes_record);
RECORD_OF(struct delivery_settlement, delivery_settlement_record);
RECORD_OF(struct audience_page, audience_page_record);
RECORD_OF(struct reschedule_page, reschedule_page_record);
RECORD_OF(struct preview, preview_record);
RECORD_OF(struct preview_text, preview_text_record);
