/* availability_store: what availability keeps: events, their types and their pools, and which news
 * of them counts.
 *
 * News is in order by (epoch, version) of an event or type and by (epoch, rev) of a stock or pool.
 * The epoch is the event's: one writer writes all that it has. Only an answer moves it. Within it
 * the greater version or rev counts if a writer can have made it from what is known: facts of a
 * topic are read in order and none is left out, so theirs is the next one; what may run ahead of
 * them does so by what is on its way. All else is doubtful, and for a question to settle.
 *
 * Internal to availability. Everything lives in the table. One thread. */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "libshared/base/id.h"
#include "libshared/contract/fact.h"
#include "tickets-svc/availability.h"

/* How far a received version may be ahead of the known one. */
#define STEP_OF_FACTS 1
/* For replies, and for pools, which two topics tell of: some of a writer's largest batches, of 500
 * messages each. */
#define STEP_AHEAD 1000

enum apply_result { APPLY_OLD, APPLY_TAKEN, APPLY_DOUBTFUL };

struct pool_entry {
    const char *name;
    int64_t capacity, sold, held;
    int64_t rev; /* 0: only its name is known */
    bool removed;
};

struct type_entry {
    char id[ID_SIZE];
    struct event_entry *event;
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
    int64_t version; /* 0: not described */
    int64_t capacity, sold, held;
    int64_t rev;      /* 0: not counted */
    const char *pool; /* NULL: none. The name of the pool's entry */
    UT_hash_handle hh;
};

/* A message received since the question that is out; it is judged again by the answer. */
struct received {
    const char *type; /* a fact's; NULL: a reply's */
    struct fact_body fact;
    bool unreadable;
    STAILQ_ENTRY(received) link;
};
STAILQ_HEAD(received_list, received);

struct event_entry {
    char id[ID_SIZE];
    bool published, over;    /* by its status */
    struct opt_time over_at; /* its end; not set: an older release does not say */
    int64_t version;
    struct opt_int64 epoch; /* not set: db-svc does not say, and epochs do not count */
    bool learnt;
    bool gap;     /* only an answer can say what is so */
    bool asked;   /* a question is out */
    bool missed;  /* facts were missed since, so that its answer does not count */
    bool watched; /* stays, read or not */
    struct received_list since;
    size_t n_since;
    bool crowded;              /* there was more, which is gone */
    struct type_entry **types; /* by id, which is the order they were made in */
    size_t n;
    struct pool_entry **pools; /* by name */
    size_t n_pools;
    int64_t read_ms, asked_ms; /* when it was last */
    int64_t fresh_ms;          /* when the question was asked whose answer this is */
    bool resting, waiting;     /* which queue it is in */
    TAILQ_ENTRY(event_entry) use, question;
    UT_hash_handle hh;
};
TAILQ_HEAD(event_queue, event_entry);

struct availability_table {
    availability_changed *changed;
    void *context;
    struct availability_texts *texts;
    struct event_entry *events;
    struct type_entry *types;
    size_t n_pools;
    struct event_queue used;    /* all but those watched, the least recently read first */
    struct event_queue resting; /* asked about in the last second, the longest ago first */
    struct event_queue waiting; /* with a gap that may be asked about */
    size_t asked;               /* questions that are out */
    /* Stock of unknown types that replies told meanwhile: a type may be of an event asked about. */
    struct received_list received;
    size_t n_received;
};

/* NULL: there is none. `id` need not end with a NUL. */
struct event_entry *availability_store_find_event(const struct availability_table *table,
                                                  const char *id, size_t size);
struct event_entry *availability_store_event(const struct availability_table *table,
                                             const char *id);
struct type_entry *availability_store_find_type(const struct availability_table *table,
                                                const char *id);
/* NULL: there is none, or it is gone. */
const struct pool_entry *availability_store_pool(const struct event_entry *event, const char *name);
/* All of them together, which is what memory goes by. */
size_t availability_store_count(const struct availability_table *table);

struct event_entry *availability_store_add_event(struct availability_table *table, const char *id);
/* False: the event has no such type. */
bool availability_store_remove_type(struct availability_table *table, struct event_entry *event,
                                    const char *id);
/* Its types and pools. */
void availability_store_clear_event(struct availability_table *table, struct event_entry *event);
void availability_store_remove_event(struct availability_table *table, struct event_entry *event);

/* -1: from before the database was set back. 1: greater than the one at hand. */
int availability_store_compare_epoch(const struct event_entry *event, struct opt_int64 epoch);

/* Each takes in what counts, with a version or rev at most `step` beyond what is known (0 of what
 * is not known). A record of another event is doubtful. */
enum apply_result availability_store_set_pool(struct availability_table *table,
                                              struct event_entry *event,
                                              const struct pool_level *level, int64_t step);
/* With its pools, if it is not doubtful itself. */
enum apply_result availability_store_set_level(struct availability_table *table,
                                               struct event_entry *event,
                                               const struct stock_level *level, int64_t step);
struct description {
    const char *ticket_type_id;
    int64_t version;
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
};
enum apply_result availability_store_describe(struct availability_table *table,
                                              struct event_entry *event,
                                              const struct description *description, int64_t step);
/* Of the event itself: its status and its end. */
enum apply_result availability_store_set_status(struct event_entry *event, int64_t version,
                                                const char *status, struct opt_time over_at,
                                                int64_t step);

bool availability_store_is_described(const struct type_entry *type);
bool availability_store_has_undescribed(const struct event_entry *event);
