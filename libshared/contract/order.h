/* order: tickets bought or held at one time, by one buyer, and the tickets themselves. */
#pragma once

#include "libshared/contract/common.h"
#include "libshared/contract/listed_answers.h"

#define ORDER_PREFIX "order"
#define ORDER_TICKETS_MAX 100
#define HOLD_SECONDS_MAX 604800 /* whatever the installation allows */

enum order_status {
    ORDER_UNSET,
    ORDER_HELD,
    ORDER_PAID,
    ORDER_EXPIRED,
    ORDER_CANCELLED,
    ORDER_REFUNDED,
    ORDER_PAID_UNFULFILLED,
};
extern const char *const order_status_names[];

enum ticket_status { TICKET_UNSET, TICKET_VALID, TICKET_CHECKED_IN, TICKET_VOID };
extern const char *const ticket_status_names[];

/* Why a ticket, or a code that it had, admits nobody. */
enum void_reason {
    VOID_UNSET, /* not void, or void since before reasons were kept */
    VOID_CANCELLED,
    VOID_REFUNDED,
    VOID_TRANSFERRED,
    VOID_REISSUED,
    VOID_EVENT_CANCELLED,
};
extern const char *const void_reason_names[];

enum payment_status {
    PAYMENT_UNSET,
    PAYMENT_SUCCEEDED,
    PAYMENT_FAILED,
    PAYMENT_REFUNDED,
    PAYMENT_REFUND_FAILED,
    PAYMENT_DISPUTED,
};
extern const char *const payment_status_names[];
/* Of an order: each ticket refunded by itself, and some that failed. */
#define ORDER_PAYMENTS_MAX 250

/* What is known of a ticket that is not issued yet. */
struct order_item_ticket {
    struct string_map answers; /* by the ids of the event's questions */
};
struct order_item {
    const char *ticket_type_id;
    int64_t quantity;
    struct money unit_price, amount;           /* frozen at the sale */
    LIST_OF(struct order_item_ticket) tickets; /* the first of them; none once they are issued */
};
struct person {
    const char *name, *email, *phone, *locale;
};
/* The person a ticket is for. */
struct ticket_holder {
    const char *name, *email; /* NULL: erased */
    const char *attendee_id;  /* NULL: is not on the event's list */
};
/* What a check-in list knows of a ticket. */
struct ticket_visit {
    const char *list_id;
    bool inside;
    struct opt_int64 people, most; /* inside now, and at one time; absent: one, if any */
    struct opt_time at;            /* of the last scan that it took */
    const char *gate, *nonce;      /* of that */
};
struct ticket { /* kept within its order */
    const char *code, *signature, *ticket_type_id;
    enum ticket_status status;
    enum void_reason void_reason;
    struct opt_bool keeps_place; /* though void: it was used, and its place is not sold again */
    struct opt_bool cancelled_by_buyer; /* what was paid for it is given back */
    struct opt_time checked_in_at;
    const char *gate, *nonce;
    struct opt_int64 admitted; /* people, by gates without a list; absent: one, if it was used */
    LIST_OF(struct ticket_visit) visits;
    struct ticket_holder *attendee; /* NULL: not assigned */
    struct string_map answers;      /* of its owner, by the ids of the event's questions */
};
/* An outcome that a payment system told of the order. */
struct order_payment {
    const char *payment_id, *refund_id, *dispute_id;
    enum payment_status status;
    struct money amount;
    struct opt_int64
        counted; /* of a refund: what it took off; unset: an older release's, or none */
    struct opt_time at;
    const char *reason; /* of a failure; or why it did not pay for the order */
};

/* A command that changed the order: names of members, never what they held. */
struct order_step {
    int64_t at;
    const char *command, *source, *command_id;
    struct texts changed; /* members; none: it was placed, or nothing that is shown */
};
#define ORDER_STEPS_MAX 200 /* are kept: the first, and the last ones */

struct order {
    COMMON_MEMBERS;
    const char *external_id, *event_id;
    LIST_OF(struct order_item) items;
    struct person *buyer;
    struct money total;
    /* refunded + refund_due <= paid, all in the currency of the total. */
    struct money paid, refunded, refund_due;
    enum order_status status;
    struct opt_time expires_at;
    struct opt_bool extended;
    LIST_OF(struct order_payment) payments;
    LIST_OF(struct ticket) tickets;
    struct opt_int64 hold_seconds; /* taken when placed */
    struct opt_bool answers_later; /* taken when placed: nothing that is required is asked for */
    struct string_map metadata;
    struct opt_time erased_at; /* then it names no buyer */
    struct opt_time due_at;    /* when the writer must look at it again */
    int64_t partition;         /* of its event */
    struct texts waits_for;    /* the types it holds, while it does */
    struct texts tallied;      /* the types that count in the buyer's quota */
    const char *erasure_id;    /* by which the buyer was erased */
    const char *tally;         /* the quota's id, once the buyer is erased */
    LIST_OF(struct order_step) trail;
    struct opt_time resends_since; /* when the first of the tickets' present resends was */
    int64_t resends;               /* so many since */
    struct texts
        past_holders;         /* hashes of whose its tickets were, as buyer_quota_id() makes them */
    listed_answers questions; /* where it is shown: all of the event's */
};

struct order_extension {
    struct opt_int64 hold_seconds; /* more; absent: as many as at first */
};

/* The part of an order that is taken back. */
struct order_part {
    struct texts tickets;  /* by code; absent: all that is left */
    struct opt_bool force; /* used ones too */
};

/* Where the tickets are to be sent again. */
struct order_resend {
    const char *to; /* NULL: to the buyer */
};

struct check_in {
    const char *code, *gate, *nonce, *list_id;
    int direction; /* enum check_in_direction */
    struct opt_int64 people;
};

RECORD_OF(struct order, order_record);
RECORD_OF(struct order, order_correction_record);
RECORD_OF(struct order, listed_order_record); /* shown with the answers */
RECORD_OF(struct order_extension, order_extension_record);
RECORD_OF(struct order_part, order_part_record);
RECORD_OF(struct order_resend, order_resend_record);
RECORD_OF(struct person, person_record);
RECORD_OF(struct ticket, ticket_record);
RECORD_OF(struct ticket_visit, ticket_visit_record);
RECORD_OF(struct check_in, check_in_record);
RECORD_OF(struct check_in, ticket_code_record);
RECORD_OF(struct ticket_holder, ticket_holder_record);
