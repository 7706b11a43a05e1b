/* store: the one room that knows MongoDB: loads records, commits a batch in one transaction,
 * fences.
 *
 * A store is one connection with one session, for one thread. Records are read with readConcern
 * majority from the primary and committed with {w: "majority", j: true}. Loaded records live in the
 * given arena. Functions return 0 or -errno: -EHOSTUNREACH  the database is away, has no primary,
 * or does not do what it should (no space, not permitted, …): wait and repeat, it is never the
 * message's fault -EAGAIN        another transaction is in the way: begin the batch again -EBADMSG
 * it cannot be done, however often: too large, or a document is broken Blocking; bounded by the
 * URI's timeouts, to which defaults are added: socketTimeoutMS=5000 connectTimeoutMS=2000
 * serverSelectionTimeoutMS=2000. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db-svc/store/collection.h"
#include "db-svc/store/receipt.h"

/* Opens and closes libmongoc's state, which is the process's: first and last of all. */
void store_library_open(void);
void store_library_close(void);

/* Of settings, before anything is opened. */
bool store_uri_valid(const char *uri);
bool store_database_valid(const char *database);

struct store;
#define STORE_ERROR_SIZE 512
/* Needs no database. -EINVAL: the URI is wrong, `ret_error` says how (without its password). */
int store_open(const char *uri, const char *database, char ret_error[STORE_ERROR_SIZE],
               struct store **ret_store) __attribute__((warn_unused_result));
void store_close(struct store *store); /* NULL is allowed */
int store_ping(struct store *store) __attribute__((warn_unused_result));
/* Whether the server is one that is supported: MongoDB 6.0 or later, of a replica set. -ENOTSUP:
 * `ret_reason` says in a sentence what it is instead. Any other is the caller's to wait for. */
#define STORE_REASON_SIZE 160
int store_check_server(struct store *store, bool any_release, char ret_reason[STORE_REASON_SIZE])
    __attribute__((warn_unused_result));
/* Creates the collections and indexes of an empty database. On another it does nothing that could
 * wait for the transaction that a dead writer left open: store_complete() does. */
int store_prepare(struct store *store) __attribute__((warn_unused_result));
/* From now on this store writes packed receipts, and so does every other once it is prepared anew.
 * Releases that know no packed receipts do not read them. store_prepare() does it in an empty
 * database. */
int store_pack_receipts(struct store *store) __attribute__((warn_unused_result));
/* Creates what is missing, once the fences are raised: repeating it is harmless. An index over many
 * records may take hours: `store` should be of store_open_patient(), in a thread of its own. */
int store_complete(struct store *store) __attribute__((warn_unused_result));
/* As store_open(), of a connection that waits for each answer as long as it takes. */
int store_open_patient(const char *uri, const char *database, char ret_error[STORE_ERROR_SIZE],
                       struct store **ret_store) __attribute__((warn_unused_result));
/* How many commands it has sent so far; the further pages of a long read are not counted. */
uint64_t store_commands(const struct store *store);
/* The database's own words on the last failure. */
const char *store_error(const struct store *store);

/* ret_records[i] is the record of ids[i], or NULL. */
int store_load(struct store *store, const void *arena, const struct collection *collection,
               const char *const *ids, size_t n, void **ret_records)
    __attribute__((warn_unused_result));
/* Calls `each` with every record that has one of the natural keys. */
typedef void store_each(void *context, void *record);
int store_load_keys(struct store *store, const void *arena, const struct collection *collection,
                    const char *const *keys, size_t n, store_each *each, void *context)
    __attribute__((warn_unused_result));
/* Calls `each` with every record of any of the events. */
int store_load_of_events(struct store *store, const void *arena,
                         const struct collection *collection, const char *const *event_ids,
                         size_t n, store_each *each, void *context)
    __attribute__((warn_unused_result));
/* Records of one event in the order of their ids, after `after` (NULL: from the first), at most
 * `limit`; `status` is the stored text to match, or NULL; with `filter` only those that have `term`
 * by it, or, if that is NULL, any of `terms`. */
struct store_page {
    const struct collection *collection;
    const char *event_id, *after, *status;
    const char *filter, *term;
    struct texts terms;    /* by a filter that is no link */
    const char *waits_for; /* not NULL: of a timed collection those that list it there, the first
                              due first, whatever the other members say */
    bool unordered;        /* whichever come first, of all */
    size_t limit;
};
int store_load_page(struct store *store, const void *arena, const struct store_page *page,
                    store_each *each, void *context) __attribute__((warn_unused_result));
/* Records of a timed collection and of one partition that are due: due_at at or before `now`;
 * earliest first, at most `limit`. */
int store_load_due(struct store *store, const void *arena, const struct collection *collection,
                   int32_t partition, int64_t now, size_t limit, store_each *each, void *context)
    __attribute__((warn_unused_result));

/* A list as readers ask for it, in the order of ids (that is, of creation) or of updated_at. */
struct store_match {
    const char *member, *text; /* a stored text, e.g. event_id or status; or a term's filter */
    bool term;
};
struct store_list {
    const struct collection *collection;
    const struct store_match *matches; /* all must hold */
    size_t n_matches;
    const char *q;          /* folded: what some term of COLLECTION_Q begins with; NULL: anything */
    const char *const *ids; /* only these; NULL: any */
    size_t n_ids;
    struct opt_time updated_since;
    bool by_update, descending;
    bool by_start; /* events alone: instead in the order of starts_at */
    struct opt_time starts_from, starts_before;
    const char *before_id; /* of an ascending list: only what comes before it; NULL: to the end */
    const char *until_id;  /* no further than this record; NULL: to the end */
    const char *after_id;  /* go on behind this record; NULL: from the first */
    int64_t after_update;  /* its updated_at; with by_update; its starts_at with by_start */
    size_t limit;          /* no more are wanted; 0: unknown */
};
/* The time by which the list is ordered; NULL: it goes by ids. */
const char *store_list_time(const struct store_list *list);
/* Calls `each` until it returns false or there are no more; perhaps a few more than `limit`. */
typedef bool store_next(void *context, void *record);
int store_list(struct store *store, const void *arena, const struct store_list *list,
               store_next *each, void *context) __attribute__((warn_unused_result));

/* A search over all events, newest first. The index is {search, _id}, {event_id, _id} with an
 * event, or that of the ids: one condition at most, and a stretch of ids, whose times they begin
 * with. */
struct store_search {
    const struct collection *collection; /* one with `search` */
    const char *prefix;                  /* of its ids */
    const char *event_id;                /* NULL: of any */
    const char *filter, *text;           /* the term that narrows it down most; NULL: `q` */
    const char *q;                       /* folded, as search_terms.h takes it; NULL: anything */
    struct opt_time from, before;        /* when the record was made */
    const char *after_id;                /* go on behind this record; NULL: from the newest */
    int64_t after_ms;                    /* when it was made */
    int64_t now;
};
#define STORE_SEARCH_LATEST INT64_C(253402300799999) /* the end of 9999 */
/* Sets `ret_keep` if the record is to live as long as the arena. False: no more are wanted. */
typedef bool store_search_next(void *context, void *record, bool *ret_keep);
int store_search(struct store *store, const void *arena, const struct store_search *search,
                 store_search_next *each, void *context) __attribute__((warn_unused_result));
/* Whether a record has the words, or the phone number, of `q` (folded). */
bool store_search_matches(const struct collection *collection, const void *record,
                          const void *arena, const char *q);
/* Whether `q` has a word that is long enough to search by. */
bool store_search_narrows(const void *arena, const char *q);

/* All records of an event, however many: for what adds them up. */
struct store_scan {
    const struct collection *collection;
    const char *prefix; /* of their ids */
    const char *event_id;
    const struct record *part; /* what is read of them */
    int64_t since, until;      /* between which most were made; none is left out */
};
/* Calls `each` in the order of ids until it returns false; a record is gone when `each` returns. */
int store_scan(struct store *store, const struct store_scan *scan, store_next *each, void *context)
    __attribute__((warn_unused_result));

/* ret_receipts[i] is the receipt of ids[i], or NULL. */
int store_load_receipts(struct store *store, const void *arena, const uint8_t (*ids)[RECEIPT_ID],
                        size_t n, struct receipt **ret_receipts)
    __attribute__((warn_unused_result));

/* The secret of a name: what was kept first, or else `drawn`, which is kept from now on. */
#define STORE_SECRET 32
int store_secret(struct store *store, const char *name, const uint8_t drawn[STORE_SECRET],
                 uint8_t ret_secret[STORE_SECRET]) __attribute__((warn_unused_result));

/* What was done about a dead letter last; a NULL status: nothing. */
struct dead_letter_mark {
    const char *status;
    int64_t at;
};
/* Kept under the letter's name until `expires`; the last one counts. */
int store_mark_dead_letter(struct store *store, const char *id, const struct dead_letter_mark *mark,
                           int64_t expires) __attribute__((warn_unused_result));
/* ret_marks[i] is that of ids[i]. */
int store_dead_letter_marks(struct store *store, const void *arena, const char *const *ids,
                            size_t n, struct dead_letter_mark *ret_marks)
    __attribute__((warn_unused_result));

/* A fence: who may write what belongs to a partition number, in all five topics. */
#define FENCE_TOPICS 5
struct fence {
    int32_t partition;
    int64_t epoch;              /* rises with each take-over */
    int64_t batch;              /* rises with each commit */
    int64_t seq;                /* the last ce_sequence given to a fact */
    int64_t timeline;           /* rises when the database was set back; facts call it `epoch` */
    int64_t next[FENCE_TOPICS]; /* per topic, the offset behind the last one committed; -1: none */
};
/* A fence as known from elsewhere than the database; all 0: not known. */
struct fence_known {
    int64_t epoch, batch, seq, timeline;
};
/* Takes the partition over from its last owner: raises the epoch in a transaction; if another's
 * open transaction locks the fence, kills that session and raises it again. `cluster` is Kafka's
 * id. `seq` is then above all sequences known and above the microseconds of `now`, so that it rises
 * over a database or a cluster that was set back, too. A batch below the known one says that the
 * database was set back: a new timeline begins, as with a fence that is new. ret_set_back: whether
 * that was so. */
int store_fence_raise(struct store *store, const char *cluster, int32_t partition,
                      const char *owner, const char *const topics[FENCE_TOPICS],
                      const struct fence_known *known, int64_t now, struct fence *ret_fence,
                      bool *ret_set_back) __attribute__((warn_unused_result));
/* The present timeline of a partition; 0: it has no fence. */
int store_timeline(struct store *store, const char *cluster, int32_t partition,
                   int64_t *ret_timeline) __attribute__((warn_unused_result));

enum store_change_kind { STORE_INSERT, STORE_REPLACE, STORE_DELETE };
struct store_change {
    enum store_change_kind kind;
    const struct collection *collection;
    const char *id;
    const void *record; /* insert and replace */
    int64_t rev;        /* of a replace or delete: that of the record it was decided upon; 0: any */
};
/* Answers about any of `ids` are forgotten: kept instead are this status and body. */
struct store_forgetting {
    const char *const *ids;
    size_t n_ids;
    int status;
    const char *body;
};
struct store_batch {
    const char *cluster, *owner;
    const char *const *topics;  /* FENCE_TOPICS names */
    const struct fence *fences; /* as they shall be: epoch as raised, batch one more than stored */
    size_t n_fences;
    const struct receipt *const *receipts;
    size_t n_receipts;
    const struct store_change *changes;
    size_t n_changes;
    const struct store_forgetting *forgettings;
    size_t n_forgettings;
};
enum store_outcome {
    STORE_COMMITTED,
    STORE_FENCED,   /* a fence is another's by now: nothing was written; ret_fenced says which */
    STORE_SET_BACK, /* a fence is behind what this writer left: likewise */
    STORE_CONFLICT, /* nothing was written; load anew and repeat the batch */
    STORE_AWAY,     /* nothing was written; wait for the database */
    STORE_UNKNOWN, /* the commit's outcome was lost: store_settle() tells, once the database is back
                    */
    STORE_REFUSED, /* the database will not take this batch (a duplicate key, too large, …) */
};
/* Whether the fences are as given: STORE_COMMITTED, STORE_AWAY, or STORE_FENCED or STORE_SET_BACK
 * with one that is not. */
enum store_outcome store_fences_check(struct store *store, const char *cluster, const char *owner,
                                      const struct fence *fences, size_t n, int32_t *ret_partition)
    __attribute__((warn_unused_result));
/* Begins the transaction of a batch, which ends with store_commit() or store_abandon(). All reads
 * in between are of one moment, that of the first; records that the batch replaces or deletes must
 * be loaded there. */
int store_begin(struct store *store) __attribute__((warn_unused_result));
void store_abandon(struct store *store);
/* The rest of the transaction; all of it, if none was begun: first the fences (each must match
 * owner, epoch and the batch before), then releases before claims: deletes, replaces, inserts,
 * receipts; then what is forgotten, of this batch's receipts too. A record that another has changed
 * since the first was loaded is a conflict. */
enum store_outcome store_commit(struct store *store, const struct store_batch *batch,
                                int32_t *ret_fenced) __attribute__((warn_unused_result));
/* After STORE_UNKNOWN: repeats the commit, then reads the batch's first fence.
 * STORE_COMMITTED, STORE_CONFLICT (it did not happen), STORE_FENCED or STORE_SET_BACK (the batch's
 * first fence), or STORE_AWAY (ask again). */
enum store_outcome store_settle(struct store *store, const struct store_batch *batch)
    __attribute__((warn_unused_result));
