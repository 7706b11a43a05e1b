/* store_fixture: stores on an empty database, and batches that are filled and committed.
 * Environment: MONGO_URI, and MONGO_DB, which each test empties. */
#pragma once

#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/list.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/support/ids.h"
#include "tests/support/proxy.h"

#define CLUSTER "cluster"
#define NOW INT64_C(1767225600000)
#define FAR_AWAY INT64_C(4102444800000) /* in 2100 */

static const char *const topics[FENCE_TOPICS] = {"events.commands", "tickets.commands",
                                                 "attendees.commands", "notifications.commands",
                                                 "payments.events"};

static inline const char *setting(const char *name)
{
    const char *value = getenv(name);
    ck_assert_msg(value != NULL, "%s is not set", name);
    return value;
}

static inline struct store *open_at(const char *uri)
{
    char error[STORE_ERROR_SIZE];
    struct store *store;
    ck_assert_msg(store_open(uri, setting("MONGO_DB"), error, &store) == 0, "%s", error);
    return store;
}

static inline struct store *open_another(void)
{
    return open_at(setting("MONGO_URI"));
}

/* One that a slow machine does not hurry. */
static inline struct store *open_patient(void)
{
    char error[STORE_ERROR_SIZE];
    struct store *store;
    ck_assert_int_eq(store_open_patient(setting("MONGO_URI"), setting("MONGO_DB"), error, &store),
                     0);
    return store;
}

/* The first of a test: on an empty database. */
static inline struct store *open_empty(void)
{
    store_library_open();
    struct store *store = open_another();
    bson_t *drop = BCON_NEW("dropDatabase", BCON_INT32(1));
    ck_assert_msg(mongo_run_alone(store, store->database, drop, NULL), "%s", store_error(store));
    bson_destroy(drop);
    ck_assert_msg(store_prepare(store) == 0, "%s", store_error(store));
    return store;
}

static inline void close_last(struct store *store)
{
    store_close(store);
    store_library_close();
}

/* What is known of a fence from elsewhere; ret_set_back NULL: it must not have been set back. */
static inline struct fence raise_known(struct store *store, const char *owner, int32_t partition,
                                       struct fence_known known, bool *ret_set_back)
{
    struct fence fence;
    bool set_back;
    ck_assert_msg(store_fence_raise(store, CLUSTER, partition, owner, topics, &known, NOW, &fence,
                                    &set_back) == 0,
                  "%s", store_error(store));
    if (ret_set_back != NULL)
        *ret_set_back = set_back;
    else
        ck_assert(!set_back);
    return fence;
}

static inline struct fence raise_fence(struct store *store, const char *owner, int32_t partition)
{
    return raise_known(store, owner, partition, (struct fence_known){0}, NULL);
}

/* A batch of one fence, to be filled. */
struct batch {
    struct store_batch batch;
    struct fence fence;
    struct store_change changes[8];
    struct receipt receipt;
    const struct receipt *receipts[1];
};

static inline void batch_open(struct batch *batch, const char *owner, struct fence fence)
{
    *batch = (struct batch){.fence = fence};
    batch->fence.batch++;
    batch->batch = (struct store_batch){.cluster = CLUSTER,
                                        .owner = owner,
                                        .topics = topics,
                                        .fences = &batch->fence,
                                        .n_fences = 1,
                                        .receipts = batch->receipts,
                                        .changes = batch->changes};
    batch->receipts[0] = &batch->receipt;
}

static inline void batch_change(struct batch *batch, enum store_change_kind kind,
                                const struct collection *collection, const void *record)
{
    batch->changes[batch->batch.n_changes++] =
        (struct store_change){kind, collection, ((const struct common *)record)->id, record};
}

static inline void batch_receipt(struct batch *batch, uint8_t id)
{
    memset(batch->receipt.id, id, RECEIPT_ID);
    batch->receipt.status = 201;
    batch->receipt.body = "{}";
    batch->receipt.at = FAR_AWAY; /* a TTL pass may come at any moment */
    batch->batch.n_receipts = 1;
}

static inline enum store_outcome commit(struct store *store, struct batch *batch)
{
    int32_t fenced = -1;
    enum store_outcome outcome = store_commit(store, &batch->batch, &fenced);
    ck_assert_int_eq(outcome == STORE_FENCED || outcome == STORE_SET_BACK,
                     fenced == batch->fence.partition);
    return outcome;
}

static inline struct attendee attendee(const char *id, const char *email)
{
    return (struct attendee){.id = id,
                             .version = 1,
                             .rev = 1,
                             .created_at = NOW,
                             .updated_at = NOW,
                             .event_id = EVENT_ID,
                             .name = "Ana Lopez",
                             .email = email,
                             .email_folded = email,
                             .status = ATTENDEE_UNCONFIRMED,
                             .key = email};
}

static inline void *load_one(struct store *store, const void *arena,
                             const struct collection *collection, const char *id)
{
    void *record;
    ck_assert_int_eq(store_load(store, arena, collection, &id, 1, &record), 0);
    return record;
}

static inline struct receipt *load_receipt(struct store *store, const void *arena, uint8_t of)
{
    uint8_t id[1][RECEIPT_ID];
    struct receipt *receipt;
    memset(id, of, sizeof id);
    ck_assert_int_eq(store_load_receipts(store, arena, id, 1, &receipt), 0);
    return receipt;
}

static inline uint16_t database_port(void)
{
    const char *hosts = strstr(setting("MONGO_URI"), "127.0.0.1:");
    ck_assert_msg(hosts != NULL, "these tests want a database on 127.0.0.1");
    return (uint16_t)atoi(hosts + strlen("127.0.0.1:"));
}

static inline struct store *open_through(struct proxy *proxy, const char *more)
{
    char uri[256];
    (void)snprintf(uri, sizeof uri, "mongodb://127.0.0.1:%d/?directConnection=true%s",
                   proxy_port(proxy), more);
    return open_at(uri);
}

static inline void keep(struct store *store, const struct collection *collection,
                        const void *record)
{
    struct batch batch;
    batch_open(&batch, "keeper", raise_fence(store, "keeper", 99));
    batch_change(&batch, STORE_INSERT, collection, record);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
}

struct seen {
    char ids[512];
    size_t most; /* 0: all */
    size_t n;
};

static inline void see(void *context, void *record)
{
    struct seen *seen = context;
    (void)strcat(strcat(seen->ids, " "), ((struct common *)record)->id);
    seen->n++;
}

static inline bson_t *error_reply(int32_t code, const char *label)
{
    return label == NULL ? BCON_NEW("ok", BCON_DOUBLE(0), "errmsg", BCON_UTF8("refused"), "code",
                                    BCON_INT32(code))
                         : BCON_NEW("ok", BCON_DOUBLE(0), "errmsg", BCON_UTF8("refused"), "code",
                                    BCON_INT32(code), "errorLabels", "[", BCON_UTF8(label), "]");
}

/* As a writer that was killed leaves it. */
static inline void leave_open(struct store *store, struct fence fence)
{
    bson_t reply;
    char id[64];
    (void)snprintf(id, sizeof id, "%s/%d", CLUSTER, (int)fence.partition);
    ck_assert(mongo_begin(store));
    bson_t *update =
        BCON_NEW("update", "fences", "updates", "[", "{", "q", "{", "_id", BCON_UTF8(id), "}", "u",
                 "{", "$set", "{", "batch", BCON_INT64(fence.batch + 1), "}", "}", "}", "]");
    ck_assert_msg(mongo_run(store, update, &reply), "%s", store_error(store));
    bson_destroy(update);
    bson_destroy(&reply);
}
