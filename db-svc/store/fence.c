#include "db-svc/store/fence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SESSION_SIZE 16

void fence_id(char out[FENCE_ID_SIZE], const char *cluster, int32_t partition)
{
    (void)snprintf(out, FENCE_ID_SIZE, "%s/%d", cluster, (int)partition);
}

static void read_next(const bson_iter_t *member, const char *const topics[FENCE_TOPICS],
                      struct fence *fence)
{
    bson_iter_t at;
    if (!BSON_ITER_HOLDS_DOCUMENT(member) || !bson_iter_recurse(member, &at))
        return;
    while (bson_iter_next(&at))
        for (size_t i = 0; i < FENCE_TOPICS; i++)
            if (strcmp(topics[i], bson_iter_key(&at)) == 0)
                fence->next[i] = bson_iter_as_int64(&at);
}

static void read_session(const bson_iter_t *member, struct fence_now *now)
{
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (BSON_ITER_HOLDS_BINARY(member))
        bson_iter_binary(member, NULL, &length, &bytes);
    now->has_session = length == SESSION_SIZE;
    if (now->has_session)
        memcpy(now->session, bytes, SESSION_SIZE);
}

/* What read_fence() is to fill, and for whom. */
struct looking {
    const char *owner;
    const char *const *topics;
    struct fence_now *now;
};

static bool read_fence(void *context, const bson_t *document)
{
    const struct looking *looking = context;
    struct fence_now *now = looking->now;
    bson_iter_t at;
    now->exists = true;
    for (bool more = bson_iter_init(&at, document) && bson_iter_next(&at); more;
         more = bson_iter_next(&at)) {
        const char *name = bson_iter_key(&at);
        if (strcmp(name, "owner") == 0)
            now->owned =
                BSON_ITER_HOLDS_UTF8(&at) && strcmp(bson_iter_utf8(&at, NULL), looking->owner) == 0;
        else if (strcmp(name, "epoch") == 0)
            now->fence.epoch = bson_iter_as_int64(&at);
        else if (strcmp(name, "batch") == 0)
            now->fence.batch = bson_iter_as_int64(&at);
        else if (strcmp(name, "seq") == 0)
            now->fence.seq = bson_iter_as_int64(&at);
        else if (strcmp(name, "next") == 0)
            read_next(&at, looking->topics, &now->fence);
        else if (strcmp(name, "session") == 0)
            read_session(&at, now);
    }
    return true;
}

static struct fence_now nobody(int32_t partition)
{
    struct fence_now now = {.fence.partition = partition};
    for (size_t i = 0; i < FENCE_TOPICS; i++)
        now.fence.next[i] = -1;
    return now;
}

int fence_look(struct store *store, const char *cluster, int32_t partition, const char *owner,
               const char *const topics[FENCE_TOPICS], struct fence_now *ret_now)
{
    char id[FENCE_ID_SIZE];
    struct looking looking = {owner, topics, ret_now};
    *ret_now = nobody(partition);
    fence_id(id, cluster, partition);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));
    int r = mongo_find(store, FENCES, filter, NULL, read_fence, &looking);
    bson_destroy(filter);
    return r;
}

static void append_session(struct store *store, bson_t *set)
{
    bson_iter_t at;
    const bson_t *lsid = mongoc_client_session_get_lsid(store->session);
    if (bson_iter_init_find(&at, lsid, "id"))
        (void)bson_append_iter(set, "session", -1, &at);
}

static void append_raise(struct store *store, const char *id, const char *owner, bson_t *command)
{
    bson_t query, update, part, none;
    (void)BSON_APPEND_UTF8(command, "findAndModify", FENCES);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "query", &query);
    (void)BSON_APPEND_UTF8(&query, "_id", id);
    (void)bson_append_document_end(command, &query);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "update", &update);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$inc", &part);
    (void)BSON_APPEND_INT64(&part, "epoch", 1);
    (void)bson_append_document_end(&update, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$set", &part);
    (void)BSON_APPEND_UTF8(&part, "owner", owner);
    append_session(store, &part);
    (void)bson_append_document_end(&update, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$setOnInsert", &part);
    (void)BSON_APPEND_INT64(&part, "batch", 0);
    (void)BSON_APPEND_INT64(&part, "seq", 0);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "next", &none);
    (void)bson_append_document_end(&part, &none);
    (void)bson_append_document_end(&update, &part);
    (void)bson_append_document_end(command, &update);
    (void)BSON_APPEND_BOOL(command, "upsert", true);
    (void)BSON_APPEND_BOOL(command, "new", true);
}

static bool read_raised(const bson_t *reply, const struct looking *looking)
{
    bson_iter_t at;
    bson_t value;
    const uint8_t *bytes;
    uint32_t length;
    if (!bson_iter_init_find(&at, reply, "value") || !BSON_ITER_HOLDS_DOCUMENT(&at))
        return false;
    bson_iter_document(&at, &length, &bytes);
    return bson_init_static(&value, bytes, length) && read_fence((void *)looking, &value);
}

#define DUPLICATE_KEY 11000 /* two made the same fence at once */

static int conflict_or_errno(const struct store *store, const bson_t *reply)
{
    if (store->error.code == DUPLICATE_KEY || mongo_outcome(&store->error, reply) == STORE_CONFLICT)
        return -EAGAIN;
    return mongo_errno(&store->error);
}

/* -EAGAIN: another's transaction has the fence. If the commit's outcome is lost the caller raises
 * again, which does no harm. */
static int raise_once(struct store *store, const char *id, const char *owner,
                      const struct looking *looking)
{
    bson_t reply;
    if (!mongo_begin(store))
        return mongo_errno(&store->error);
    bson_reinit(store->command);
    append_raise(store, id, owner, store->command);
    bool done = mongo_run(store, store->command, &reply);
    int r = done ? read_raised(&reply, looking) ? 0 : -EIO : conflict_or_errno(store, &reply);
    bson_destroy(&reply);
    if (r < 0) {
        mongo_abort(store);
        return r;
    }
    done = mongo_commit(store, &reply);
    r = done ? 0 : conflict_or_errno(store, &reply);
    bson_destroy(&reply);
    return r;
}

static int kill_session(struct store *store, const uint8_t session[SESSION_SIZE])
{
    bson_t list, one;
    bson_reinit(store->command);
    (void)BSON_APPEND_ARRAY_BEGIN(store->command, "killSessions", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &one);
    (void)BSON_APPEND_BINARY(&one, "id", BSON_SUBTYPE_UUID, session, SESSION_SIZE);
    (void)bson_append_document_end(&list, &one);
    (void)bson_append_array_end(store->command, &list);
    return mongo_run_alone(store, "admin", store->command) ? 0 : mongo_errno(&store->error);
}

#define RAISES 8

int store_fence_raise(struct store *store, const char *cluster, int32_t partition,
                      const char *owner, const char *const topics[FENCE_TOPICS],
                      struct fence *ret_fence)
{
    char id[FENCE_ID_SIZE];
    int r = -EAGAIN;
    fence_id(id, cluster, partition);
    for (int tries = 0; tries < RAISES && r == -EAGAIN; tries++) {
        struct fence_now raised = nobody(partition), holder;
        struct looking looking = {owner, topics, &raised};
        r = raise_once(store, id, owner, &looking);
        if (r == 0)
            *ret_fence = raised.fence;
        if (r != -EAGAIN)
            return r;
        r = fence_look(store, cluster, partition, owner, topics, &holder);
        if (r == 0 && holder.has_session)
            r = kill_session(store, holder.session);
        r = r < 0 ? r : -EAGAIN;
    }
    return r == -EAGAIN ? -EHOSTUNREACH : r;
}
