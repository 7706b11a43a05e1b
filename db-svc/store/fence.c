#include "db-svc/store/fence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

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
    now->has_session = length == FENCE_SESSION;
    if (now->has_session)
        memcpy(now->session, bytes, FENCE_SESSION);
}

void fence_read(const bson_t *document, const char *owner, const char *const topics[FENCE_TOPICS],
                struct fence_now *now)
{
    bson_iter_t at;
    now->exists = true;
    for (bool more = bson_iter_init(&at, document) && bson_iter_next(&at); more;
         more = bson_iter_next(&at)) {
        const char *name = bson_iter_key(&at);
        if (strcmp(name, "owner") == 0)
            now->owned = BSON_ITER_HOLDS_UTF8(&at) && strcmp(bson_iter_utf8(&at, NULL), owner) == 0;
        else if (strcmp(name, "epoch") == 0)
            now->fence.epoch = bson_iter_as_int64(&at);
        else if (strcmp(name, "batch") == 0)
            now->fence.batch = bson_iter_as_int64(&at);
        else if (strcmp(name, "seq") == 0)
            now->fence.seq = bson_iter_as_int64(&at);
        else if (strcmp(name, "timeline") == 0)
            now->fence.timeline = bson_iter_as_int64(&at);
        else if (strcmp(name, "next") == 0)
            read_next(&at, topics, &now->fence);
        else if (strcmp(name, "session") == 0)
            read_session(&at, now);
    }
}

struct fence_now fence_nobody(int32_t partition)
{
    struct fence_now now = {.fence.partition = partition};
    for (size_t i = 0; i < FENCE_TOPICS; i++)
        now.fence.next[i] = -1;
    return now;
}

/* For take_fence(): whose fence is taken, and where it is put. */
struct looking {
    const char *owner;
    const char *const *topics;
    struct fence_now *now;
};

static bool take_fence(void *context, const bson_t *document)
{
    const struct looking *looking = context;
    fence_read(document, looking->owner, looking->topics, looking->now);
    return true;
}

int fence_look(struct store *store, const char *cluster, int32_t partition, const char *owner,
               const char *const topics[FENCE_TOPICS], struct fence_now *ret_now)
{
    char id[FENCE_ID_SIZE];
    struct looking looking = {owner, topics, ret_now};
    *ret_now = fence_nobody(partition);
    fence_id(id, cluster, partition);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));
    int r = mongo_find(store, FENCES, filter, NULL, take_fence, &looking);
    bson_destroy(filter);
    return r;
}

static const char *const no_topics[FENCE_TOPICS] = {"", "", "", "", ""};

enum store_outcome fence_compare(const struct fence_now *now, const struct fence *fence)
{
    if (now->exists && now->fence.epoch > fence->epoch)
        return STORE_FENCED;
    if (!now->exists || now->fence.epoch < fence->epoch)
        return STORE_SET_BACK;
    if (!now->owned)
        return STORE_FENCED;
    if (now->fence.batch == fence->batch)
        return STORE_COMMITTED;
    return now->fence.batch == fence->batch - 1 ? STORE_CONFLICT : STORE_SET_BACK;
}

int store_timeline(struct store *store, const char *cluster, int32_t partition,
                   int64_t *ret_timeline)
{
    struct fence_now now;
    int r = fence_look(store, cluster, partition, "", no_topics, &now);
    if (r == 0)
        *ret_timeline = now.fence.timeline;
    return r;
}

struct checking {
    const char *cluster, *owner;
    const struct fence *fences;
    size_t n;
    bool *seen;
    enum store_outcome worst;
    int32_t partition; /* of the worst */
};

static void judge(struct checking *checking, const struct fence_now *now, size_t i)
{
    enum store_outcome outcome = fence_compare(now, &checking->fences[i]);
    checking->seen[i] = true;
    if (outcome == STORE_COMMITTED)
        return;
    checking->worst = outcome == STORE_FENCED ? STORE_FENCED : STORE_SET_BACK;
    checking->partition = checking->fences[i].partition;
}

static bool check_one(void *context, const bson_t *document)
{
    struct checking *checking = context;
    struct fence_now now = {0};
    bson_iter_t id;
    fence_read(document, checking->owner, no_topics, &now);
    for (size_t i = 0; i < checking->n && bson_iter_init_find(&id, document, "_id"); i++) {
        char expected[FENCE_ID_SIZE];
        fence_id(expected, checking->cluster, checking->fences[i].partition);
        if (strcmp(expected, bson_iter_utf8(&id, NULL)) == 0)
            judge(checking, &now, i);
    }
    return true;
}

enum store_outcome store_fences_check(struct store *store, const char *cluster, const char *owner,
                                      const struct fence *fences, size_t n, int32_t *ret_partition)
{
    static const struct fence_now none;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char **ids = mem_array(arena, const char *, n + 1);
    struct checking checking = {.cluster = cluster,
                                .owner = owner,
                                .fences = fences,
                                .n = n,
                                .seen = mem_array(arena, bool, n + 1),
                                .worst = STORE_COMMITTED};
    bson_t filter = BSON_INITIALIZER;
    for (size_t i = 0; i < n; i++) {
        char *id = mem_zeroed(arena, FENCE_ID_SIZE);
        fence_id(id, cluster, fences[i].partition);
        ids[i] = id;
    }
    bson_any_of(&filter, "_id", ids, n);
    int r = mongo_find(store, FENCES, &filter, NULL, check_one, &checking);
    bson_destroy(&filter);
    for (size_t i = 0; r == 0 && i < n; i++)
        if (!checking.seen[i])
            judge(&checking, &none, i);
    *ret_partition = checking.partition;
    return r < 0 ? STORE_AWAY : checking.worst;
}
