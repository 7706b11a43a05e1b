/* The raise of a fence: the one transaction whose lock could outlive its writer unseen.
 *
 * A writer that dies in a batch is found by the session in its fence. One that dies in a raise is
 * not in the fence yet: so each says which session it is, in a document of its own beside the
 * fence, before its transaction can hold the lock. */
#include "db-svc/store/fence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

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
    char own[FENCE_ID_SIZE + 64]; /* the document of this raiser's session */
    struct fence_now raised;
    bool set_back;
};

/* --- Sessions of raisers --- */

static const uint8_t *session_of(const struct store *store)
{
    bson_iter_t at;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (bson_iter_init_find(&at, mongoc_client_session_get_lsid(store->session), "id"))
        bson_iter_binary(&at, NULL, &length, &bytes);
    return length == FENCE_SESSION ? bytes : NULL;
}

static void append_session(const struct store *store, bson_t *set)
{
    const uint8_t *session = session_of(store);
    if (session != NULL)
        (void)BSON_APPEND_BINARY(set, "session", BSON_SUBTYPE_UUID, session, FENCE_SESSION);
}

static void append_durable(bson_t *command)
{
    bson_t concern;
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "writeConcern", &concern);
    (void)BSON_APPEND_UTF8(&concern, "w", "majority");
    (void)BSON_APPEND_BOOL(&concern, "j", true);
    (void)bson_append_document_end(command, &concern);
}

static bool found(void *context, const bson_t *document)
{
    (void)document;
    *(bool *)context = true;
    return false;
}

/* A transaction of this session that is still open, its end lost on the way, has deleted this
 * document and locked it: until that ends all others find it. */
static int find_own(const struct raising *raising, bool *ret_found)
{
    bson_t query = BSON_INITIALIZER;
    (void)BSON_APPEND_UTF8(&query, "_id", raising->own);
    *ret_found = false;
    int r = mongo_find(raising->store, FENCES, &query, NULL, found, ret_found);
    bson_destroy(&query);
    return r;
}

/* Nobody else writes this document: it waits for no lock. */
static int write_own(struct raising *raising)
{
    struct store *store = raising->store;
    bson_t *command = store->command, list, statement, part, set;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "update", FENCES);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "updates", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &statement);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "q", &part);
    (void)BSON_APPEND_UTF8(&part, "_id", raising->own);
    (void)bson_append_document_end(&statement, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "u", &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "$set", &set);
    append_session(store, &set);
    (void)bson_append_document_end(&part, &set);
    (void)bson_append_document_end(&statement, &part);
    (void)BSON_APPEND_BOOL(&statement, "upsert", true);
    (void)bson_append_document_end(&list, &statement);
    (void)bson_append_array_end(command, &list);
    append_durable(command);
    return mongo_run_alone(store, store->database, command, NULL) ? 0 : mongo_errno(&store->error);
}

static int announce(struct raising *raising)
{
    char hex[2 * FENCE_SESSION + 1] = "";
    bool announced;
    int r = mongo_session(raising->store);
    if (r < 0)
        return r;
    const uint8_t *session = session_of(raising->store);
    if (session != NULL)
        text_hex(hex, session, FENCE_SESSION);
    (void)snprintf(raising->own, sizeof raising->own, "%s/raise/%s", raising->id, hex);
    r = find_own(raising, &announced);
    return r < 0 || announced ? r : write_own(raising);
}

/* Appends the statement list that deletes documents by their ids. */
static void write_delete(bson_t *command, const char *const *ids, size_t n)
{
    bson_t list, statement, query;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "delete", FENCES);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "deletes", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &statement);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "q", &query);
    bson_any_of(&query, "_id", ids, n);
    (void)bson_append_document_end(&statement, &query);
    (void)BSON_APPEND_INT32(&statement, "limit", 0);
    (void)bson_append_document_end(&list, &statement);
    (void)bson_append_array_end(command, &list);
}

/* --- Killing what holds the lock --- */

#define RAISERS 32

struct sessions {
    void *arena;
    const char *ids[RAISERS]; /* of the documents that name them */
    uint8_t sessions[RAISERS][FENCE_SESSION];
    size_t n;
    const uint8_t *own; /* the raiser's, whose next transaction ends the one before by itself */
};

static bool add_session(void *context, const bson_t *document)
{
    struct sessions *sessions = context;
    bson_iter_t at;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (bson_iter_init_find(&at, document, "session") && BSON_ITER_HOLDS_BINARY(&at))
        bson_iter_binary(&at, NULL, &length, &bytes);
    if (length != FENCE_SESSION || !bson_iter_init_find(&at, document, "_id") ||
        (sessions->own != NULL && memcmp(bytes, sessions->own, FENCE_SESSION) == 0))
        return true;
    sessions->ids[sessions->n] = mem_strdup(sessions->arena, bson_iter_utf8(&at, NULL));
    memcpy(sessions->sessions[sessions->n++], bytes, FENCE_SESSION);
    return sessions->n < RAISERS;
}

/* The fence itself and the documents beside it. */
static int find_sessions(const struct raising *raising, struct sessions *sessions)
{
    char from[FENCE_ID_SIZE + 16], to[FENCE_ID_SIZE + 16];
    (void)snprintf(from, sizeof from, "%s/raise/", raising->id);
    (void)snprintf(to, sizeof to, "%s/raise0", raising->id); /* "0" follows "/" */
    bson_t *filter = BCON_NEW("$or", "[", "{", "_id", BCON_UTF8(raising->id), "}", "{", "_id", "{",
                              "$gt", BCON_UTF8(from), "$lt", BCON_UTF8(to), "}", "}", "]");
    int r = mongo_find(raising->store, FENCES, filter, NULL, add_session, sessions);
    bson_destroy(filter);
    return r;
}

static int kill_sessions(struct store *store, const struct sessions *sessions)
{
    bson_t list, one;
    bson_reinit(store->command);
    (void)BSON_APPEND_ARRAY_BEGIN(store->command, "killSessions", &list);
    for (size_t i = 0; i < sessions->n; i++) {
        char room[16];
        const char *key;
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_document_begin(&list, key, -1, &one);
        (void)BSON_APPEND_BINARY(&one, "id", BSON_SUBTYPE_UUID, sessions->sessions[i],
                                 FENCE_SESSION);
        (void)bson_append_document_end(&list, &one);
    }
    (void)bson_append_array_end(store->command, &list);
    return mongo_run_alone(store, "admin", store->command, NULL) ? 0 : mongo_errno(&store->error);
}

static int forget_killed(struct raising *raising, const struct sessions *sessions)
{
    struct store *store = raising->store;
    const char *ids[RAISERS];
    size_t n = 0;
    for (size_t i = 0; i < sessions->n; i++)
        if (strcmp(sessions->ids[i], raising->id) != 0)
            ids[n++] = sessions->ids[i];
    if (n == 0)
        return 0;
    write_delete(store->command, ids, n);
    append_durable(store->command);
    return mongo_run_alone(store, store->database, store->command, NULL)
               ? 0
               : mongo_errno(&store->error);
}

/* One that lives has its transaction broken off, and repeats it. */
static int kill_holders(struct raising *raising)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct sessions sessions = {.arena = arena, .own = session_of(raising->store)};
    int r = find_sessions(raising, &sessions);
    if (r == 0 && sessions.n > 0)
        r = kill_sessions(raising->store, &sessions);
    return r == 0 ? forget_killed(raising, &sessions) : r;
}

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
    append_session(raising->store, &part);
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

/* The highest of the partition in all clusters that there were. */
struct others {
    const char *number; /* "/3": how their ids end */
    int64_t seq, timeline;
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
    }
    return true;
}

/* The clock of its first owner may be behind that of the last cluster's. */
static int begin_above_others(struct raising *raising, bool *ret_moved)
{
    struct fence *fence = &raising->raised.fence;
    struct others others = {.number = strchr(raising->id, '/')};
    bson_t all = BSON_INITIALIZER;
    int r = mongo_find(raising->store, FENCES, &all, NULL, look_at_other, &others);
    bson_destroy(&all);
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
        r = begin_above_others(raising, &moved);
    if (r < 0)
        return r;
    raising->set_back = begin_timeline(raising);
    if (raising->set_back || moved) {
        bson_reinit(store->command);
        append_timeline(raising, store->command);
        r = run(raising, NULL);
    }
    const char *own = raising->own;
    write_delete(store->command, &own, 1);
    return r < 0 ? r : run(raising, NULL);
}

/* -EAGAIN: another's transaction has the fence. If the commit's outcome is lost the caller raises
 * again, which does no harm. */
static int raise_once(struct raising *raising)
{
    struct store *store = raising->store;
    bson_t reply;
    int r = announce(raising);
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
            int killed = kill_holders(&raising);
            r = killed < 0 ? killed : -EAGAIN;
        }
    }
    if (r < 0)
        return r == -EAGAIN ? -EHOSTUNREACH : r;
    *ret_fence = raising.raised.fence;
    *ret_set_back = raising.set_back;
    return 0;
}
