/* The raise of a fence: a transaction, repeated while another's has the lock. */
#include "db-svc/store/fence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db-svc/store/fence_sessions.h"
#include "libshared/base/mem.h"

#define RAISES 8
#define DUPLICATE_KEY 11000 /* two made the same fence at once */
/* Facts of the lost timeline that may have been published after the note was written. */
#define SEQ_MARGIN 1000000

struct raising {
    struct store *store;
    const char *owner;
    const char *const *topics;
    const struct fence_known *known;
    int64_t now;
    char id[FENCE_ID_SIZE];
    char own[FENCE_RAISER_SIZE]; /* the document of this raiser's session */
    struct fence_now raised;
    bool set_back;
};

/* --- The transaction --- */

/* `seq` rises with the clock at each take-over, so that it does over one that is new, too. */
static void append_raise(const struct raising *raising, bson_t *command)
{
    bson_t query, update, part, none;
    (void)BSON_APPEND_UTF8(command, "findAndModify", FENCES);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "query", &query);
    (void)BSON_APPEND_UTF8(&query, "_id", raising->id);
    (void)bson_append_document_end(command, &query);
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "update", &update);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$inc", &part);
    (void)BSON_APPEND_INT64(&part, "epoch", 1);
    (void)bson_append_document_end(&update, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$max", &part);
    (void)BSON_APPEND_INT64(&part, "seq", raising->now * 1000);
    (void)bson_append_document_end(&update, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$set", &part);
    (void)BSON_APPEND_UTF8(&part, "owner", raising->owner);
    fence_append_session(raising->store, &part);
    (void)bson_append_document_end(&update, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&update, "$setOnInsert", &part);
    (void)BSON_APPEND_INT64(&part, "batch", 0);
    (void)BSON_APPEND_INT64(&part, "timeline", raising->now);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "next", &none);
    (void)bson_append_document_end(&part, &none);
    (void)bson_append_document_end(&update, &part);
    (void)bson_append_document_end(command, &update);
    (void)BSON_APPEND_BOOL(command, "upsert", true);
    (void)BSON_APPEND_BOOL(command, "new", true);
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The database has lost what is known of the fence: a new timeline begins above all that was. */
static bool begin_timeline(struct raising *raising)
{
    struct fence *fence = &raising->raised.fence;
    const struct fence_known *known = raising->known;
    if (known->batch <= fence->batch && known->timeline <= fence->timeline &&
        known->epoch < fence->epoch)
        return false;
    fence->timeline = greater(raising->now, greater(fence->timeline, known->timeline) + 1);
    fence->seq = greater(fence->seq, known->seq + SEQ_MARGIN);
    fence->batch = greater(fence->batch, known->batch);
    fence->epoch = greater(fence->epoch, known->epoch + 1);
    return true;
}

/* --- Over a new cluster --- */

/* The partition in all clusters that there were. */
struct others {
    const struct store *store;
    const char *number;    /* "/3": how their ids end */
    int64_t seq, timeline; /* the highest */
    struct fence_sessions owners;
};

static int64_t number_of(const bson_t *document, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, document, name) ? bson_iter_as_int64(&at) : 0;
}

static bool look_at_other(void *context, const bson_t *document)
{
    struct others *others = context;
    bson_iter_t at;
    const char *id = bson_iter_init_find(&at, document, "_id") ? bson_iter_utf8(&at, NULL) : NULL;
    const char *end = id != NULL ? strchr(id, '/') : NULL;
    if (end != NULL && strcmp(end, others->number) == 0) {
        others->seq = greater(others->seq, number_of(document, "seq"));
        others->timeline = greater(others->timeline, number_of(document, "timeline"));
        fence_sessions_add(&others->owners, others->store, document);
    }
    return true;
}

/* The clock of its first owner may be behind that of the last cluster's, and one that died there
 * may have records locked. */
static int begin_after_others(struct raising *raising, bool *ret_moved)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct fence *fence = &raising->raised.fence;
    struct others others = {
        .store = raising->store, .number = strchr(raising->id, '/'), .owners = {.arena = arena}};
    bson_t all = BSON_INITIALIZER;
    int r = mongo_find(raising->store, FENCES, &all, NULL, look_at_other, &others);
    bson_destroy(&all);
    if (r == 0)
        r = fence_sessions_kill(raising->store, &others.owners);
    *ret_moved = r == 0 && (others.seq > fence->seq || others.timeline > fence->timeline);
    if (*ret_moved) {
        fence->seq = greater(fence->seq, others.seq + SEQ_MARGIN);
        fence->timeline = greater(fence->timeline, others.timeline + 1);
    }
    return r;
}

static void append_timeline(const struct raising *raising, bson_t *command)
{
    const struct fence *fence = &raising->raised.fence;
    bson_t list, statement, part, set;
    (void)BSON_APPEND_UTF8(command, "update", FENCES);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "updates", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &statement);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "q", &part);
    (void)BSON_APPEND_UTF8(&part, "_id", raising->id);
    (void)bson_append_document_end(&statement, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "u", &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "$set", &set);
    (void)BSON_APPEND_INT64(&set, "timeline", fence->timeline);
    (void)BSON_APPEND_INT64(&set, "seq", fence->seq);
    (void)BSON_APPEND_INT64(&set, "batch", fence->batch);
    (void)BSON_APPEND_INT64(&set, "epoch", fence->epoch);
    (void)bson_append_document_end(&part, &set);
    (void)bson_append_document_end(&statement, &part);
    (void)bson_append_document_end(&list, &statement);
    (void)bson_append_array_end(command, &list);
}

static int conflict_or_errno(const struct store *store, const bson_t *reply)
{
    if (store->error.code == DUPLICATE_KEY || mongo_outcome(&store->error, reply) == STORE_CONFLICT)
        return -EAGAIN;
    return mongo_errno(&store->error);
}

static int run(struct raising *raising, void (*read)(struct raising *raising, const bson_t *reply))
{
    struct store *store = raising->store;
    bson_t reply;
    bool done = mongo_run(store, store->command, &reply);
    int r = done ? 0 : conflict_or_errno(store, &reply);
    if (done && read != NULL)
        read(raising, &reply);
    bson_destroy(&reply);
    return r;
}

static void read_raised(struct raising *raising, const bson_t *reply)
{
    bson_iter_t at;
    bson_t value;
    const uint8_t *bytes;
    uint32_t length;
    if (!bson_iter_init_find(&at, reply, "value") || !BSON_ITER_HOLDS_DOCUMENT(&at))
        return;
    bson_iter_document(&at, &length, &bytes);
    if (bson_init_static(&value, bytes, length))
        fence_read(&value, raising->owner, raising->topics, &raising->raised);
}

static int write_raise(struct raising *raising)
{
    struct store *store = raising->store;
    raising->raised = fence_nobody(raising->raised.fence.partition);
    bson_reinit(store->command);
    append_raise(raising, store->command);
    int r = run(raising, read_raised);
    if (r < 0 || !raising->raised.exists)
        return r < 0 ? r : -EHOSTUNREACH;
    bool moved = false;
    if (raising->raised.fence.epoch == 1)
        r = begin_after_others(raising, &moved);
    if (r < 0)
        return r;
    raising->set_back = begin_timeline(raising);
    if (raising->set_back || moved) {
        bson_reinit(store->command);
        append_timeline(raising, store->command);
        r = run(raising, NULL);
    }
    const char *own = raising->own;
    fence_write_forget(store->command, &own, 1);
    return r < 0 ? r : run(raising, NULL);
}

/* -EAGAIN: another's transaction has the fence. If the commit's outcome is lost the caller raises
 * again, which does no harm. */
static int raise_once(struct raising *raising)
{
    struct store *store = raising->store;
    bson_t reply;
    int r = fence_announce(store, raising->id, raising->own);
    if (r < 0)
        return r;
    if (!mongo_begin(store))
        return mongo_errno(&store->error);
    r = write_raise(raising);
    if (r < 0) {
        mongo_abort(store);
        return r;
    }
    bool done = mongo_commit(store, &reply);
    r = done ? 0 : conflict_or_errno(store, &reply);
    bson_destroy(&reply);
    return r;
}

int store_fence_raise(struct store *store, const char *cluster, int32_t partition,
                      const char *owner, const char *const topics[FENCE_TOPICS],
                      const struct fence_known *known, int64_t now, struct fence *ret_fence,
                      bool *ret_set_back)
{
    struct raising raising = {
        .store = store, .owner = owner, .topics = topics, .known = known, .now = now};
    int r = -EAGAIN;
    raising.raised.fence.partition = partition;
    fence_id(raising.id, cluster, partition);
    for (int tries = 0; tries < RAISES && r == -EAGAIN; tries++) {
        r = raise_once(&raising);
        if (r == -EAGAIN) {
            int killed = fence_kill_holders(store, raising.id);
            r = killed < 0 ? killed : -EAGAIN;
        }
    }
    if (r < 0)
        return r == -EAGAIN ? -EHOSTUNREACH : r;
    *ret_fence = raising.raised.fence;
    *ret_set_back = raising.set_back;
    return 0;
}
