/* collection: the kinds of record that are kept, where, and by which natural keys.
 *
 * Every record's struct begins with the members of `struct common`. A natural key is unique over
 * its collection; a record has any number of them (an order those of its tickets), or none.
 * Constant. */
#pragma once

#include "libshared/contract/common.h"

typedef void collection_key(void *context, const char *key);
/* A filter of a list: `filter` is its name, `text` the value that must be equal or, with
 * COLLECTION_Q, a word whose beginning finds it, or, with COLLECTION_PHONE, a phone number.
 * COLLECTION_PERSON, whose text is empty, begins the words of a person. */
typedef void collection_term(void *context, const char *filter, const char *text);
#define COLLECTION_Q "q"
#define COLLECTION_PERSON "person"
#define COLLECTION_PHONE "phone_end"
/* The term that finds people who have used a ticket, or none; `ticket_type_id` NULL: of any type.
 */
const char *collection_checked_in(const void *arena, const char *ticket_type_id, bool checked_in);

struct collection {
    const char *name;
    const struct record *record;
    const char *key_path; /* the stored member that holds the keys; NULL: none */
    void (*keys)(const void *record, collection_key *each, void *context);
    bool keys_move; /* a record's keys may pass to another one of the same batch */
    const char *(*event_id)(const void *record);
    /* The terms that a record is found by besides ids and states; texts folded, in `arena`. NULL:
     * none. */
    void (*terms)(const void *record, const void *arena, collection_term *each, void *context);
    /* The terms by which a record is found over all events, in the member `search`. NULL: it is
     * searched within its event alone. */
    void (*search)(const void *record, const void *arena, collection_term *each, void *context);
    /* Of those filters the ones that equal a stored member with an index of its own, which is
     * cheaper for what changes often; they find no erased record. Ended by NULL; NULL: none. */
    const char *const *links;
    bool timed; /* has `due_at` and `partition`: when the writer must look at it again */
    /* A writer may keep its records between batches: only the owner of their event's partition
     * writes them, and they have no keys over all partitions. */
    bool kept;
    /* Where the rules put a `struct list_anchor` now and then; NULL: nowhere. */
    const struct collection *anchors;
};

extern const struct collection collection_events, collection_ticket_types, collection_stock,
    collection_orders, collection_attendees, collection_notifications, collection_deliveries,
    collection_buyer_quotas, collection_payments, collection_cancellations, collection_scans,
    collection_attendee_counters, collection_dead_codes, collection_imports, collection_pools,
    collection_erasures, collection_ledger, collection_suppressions, collection_attendee_changes,
    collection_list_anchors, collection_deletions, collection_jobs, collection_check_in_lists,
    collection_message_texts, collection_pictures;
/* All of them, ended by NULL. */
extern const struct collection *const collections[];

/* As terms() folds what a record holds. */
const char *collection_fold_email(const void *arena, const char *email);
const char *collection_fold_q(const void *arena, const char *text);

/* A pool's id, in `arena`. */
const char *pool_id(const void *arena, const char *event_id, const char *name);

/* How many people of each status are on an event's list; the id is the event's. */
struct attendee_counters {
    COMMON_MEMBERS;
    const char *event_id;
    int64_t unconfirmed, confirmed, cancelled;
    int64_t made; /* so far, whatever became of them */
};

/* One of about ANCHOR_EVERY records of an event's long list, whose id it has. */
#define ANCHOR_EVERY 1000
struct list_anchor {
    COMMON_MEMBERS;
    const char *event_id;
};

/* Work that goes by pages, and the command of its next page. */
struct job {
    COMMON_MEMBERS;
    const char *event_id;
    int64_t partition;
    struct opt_time due_at; /* when the page is overdue */
    const char *type, *command_id, *body;
};

/* The tickets that one buyer has of types with a limit for each buyer, over all orders of an event.
 * The id is a hash of the event and the folded e-mail address. */
struct buyer_quota_item {
    const char *ticket_type_id;
    int64_t quantity; /* held and sold */
};
struct buyer_quota {
    COMMON_MEMBERS;
    const char *event_id;
    LIST_OF(struct buyer_quota_item) items;
};
#define BUYER_QUOTA_ID_SIZE 65
void buyer_quota_id(char out[BUYER_QUOTA_ID_SIZE], const char *event_id, const char *email_folded);
