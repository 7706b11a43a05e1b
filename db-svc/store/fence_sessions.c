#include "db-svc/store/fence_sessions.h"

#include <stdio.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

static const uint8_t *session_of(const struct store *store)
{
    bson_iter_t at;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (store->session != NULL &&
        bson_iter_init_find(&at, mongoc_client_session_get_lsid(store->session), "id"))
        bson_iter_binary(&at, NULL, &length, &bytes);
    return length == FENCE_SESSION ? bytes : NULL;
}

void fence_append_session(const struct store *store, bson_t *set)
{
    const uint8_t *session = session_of(store);
    if (session != NULL)
        (void)BSON_APPEND_BINARY(set, "session", BSON_SUBTYPE_UUID, session, FENCE_SESSION);
}

static int run_alone(struct store *store, const char *database, const bson_t *command)
{
    return mongo_run_alone(store, database, command, NULL) ? 0 : mongo_errno(&store->error);
}

static void append_durable(bson_t *command)
{
    bson_t concern;
    (void)BSON_APPEND_DOCUMENT_BEGIN(command, "writeConcern", &concern);
    (void)BSON_APPEND_UTF8(&concern, "w", "majority");
    (void)BSON_APPEND_BOOL(&concern, "j", true);
    (void)bson_append_document_end(command, &concern);
}

/* --- The document of a raiser --- */

static bool found(void *context, const bson_t *document)
{
    (void)document;
    *(bool *)context = true;
    return false;
}

/* A transaction of this session that is still open, its end lost on the way, has deleted this
 * document and locked it: until that ends all others find it. */
static int find_own(struct store *store, const char *own, bool *ret_found)
{
    bson_t query = BSON_INITIALIZER;
    (void)BSON_APPEND_UTF8(&query, "_id", own);
    *ret_found = false;
    int r = mongo_find(store, FENCES, &query, NULL, found, ret_found);
    bson_destroy(&query);
    return r;
}

/* Nobody else writes this document: it waits for no lock. */
static int write_own(struct store *store, const char *own)
{
    bson_t *command = store->command, list, statement, part, set;
    bson_reinit(command);
    (void)BSON_APPEND_UTF8(command, "update", FENCES);
    (void)BSON_APPEND_ARRAY_BEGIN(command, "updates", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &statement);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "q", &part);
    (void)BSON_APPEND_UTF8(&part, "_id", own);
    (void)bson_append_document_end(&statement, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&statement, "u", &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "$set", &set);
    fence_append_session(store, &set);
    (void)bson_append_document_end(&part, &set);
    (void)bson_append_document_end(&statement, &part);
    (void)BSON_APPEND_BOOL(&statement, "upsert", true);
    (void)bson_append_document_end(&list, &statement);
    (void)bson_append_array_end(command, &list);
    append_durable(command);
    return run_alone(store, store->database, command);
}

int fence_announce(struct store *store, const char *fence_id, char ret_own[FENCE_RAISER_SIZE])
{
    char hex[2 * FENCE_SESSION + 1] = "";
    bool announced;
    int r = mongo_session(store);
    if (r < 0)
        return r;
    const uint8_t *session = session_of(store);
    if (session != NULL)
        text_hex(hex, session, FENCE_SESSION);
    (void)snprintf(ret_own, FENCE_RAISER_SIZE, "%s/raise/%s", fence_id, hex);
    r = find_own(store, ret_own, &announced);
    return r < 0 || announced ? r : write_own(store, ret_own);
}

void fence_write_forget(bson_t *command, const char *const *ids, size_t n)
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

/* --- The end of sessions --- */

/* The next transaction of the store's own session ends the one before by itself. */
void fence_sessions_add(struct fence_sessions *sessions, const struct store *store,
                        const bson_t *document)
{
    const uint8_t *own = session_of(store), *bytes = NULL;
    bson_iter_t at;
    uint32_t length = 0;
    if (bson_iter_init_find(&at, document, "session") && BSON_ITER_HOLDS_BINARY(&at))
        bson_iter_binary(&at, NULL, &length, &bytes);
    if (length != FENCE_SESSION || !bson_iter_init_find(&at, document, "_id") ||
        (own != NULL && memcmp(bytes, own, FENCE_SESSION) == 0))
        return;
    sessions->all = mem_grow(sessions->arena, sessions->all, struct fence_session, sessions->n + 1);
    struct fence_session *session = &sessions->all[sessions->n++];
    session->named_by = mem_strdup(sessions->arena, bson_iter_utf8(&at, NULL));
    memcpy(session->id, bytes, FENCE_SESSION);
}

int fence_sessions_kill(struct store *store, const struct fence_sessions *sessions)
{
    bson_t list, one;
    if (sessions->n == 0)
        return 0;
    bson_reinit(store->command);
    (void)BSON_APPEND_ARRAY_BEGIN(store->command, "killSessions", &list);
    for (size_t i = 0; i < sessions->n; i++) {
        char room[16];
        const char *key;
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_document_begin(&list, key, -1, &one);
        (void)BSON_APPEND_BINARY(&one, "id", BSON_SUBTYPE_UUID, sessions->all[i].id, FENCE_SESSION);
        (void)bson_append_document_end(&list, &one);
    }
    (void)bson_append_array_end(store->command, &list);
    return run_alone(store, "admin", store->command);
}

struct holders {
    const struct store *store;
    struct fence_sessions sessions;
};

static bool add_holder(void *context, const bson_t *document)
{
    struct holders *holders = context;
    fence_sessions_add(&holders->sessions, holders->store, document);
    return true;
}

/* The fence itself and the documents beside it. */
static int find_holders(struct store *store, const char *fence_id, struct holders *holders)
{
    char from[FENCE_ID_SIZE + 16], to[FENCE_ID_SIZE + 16];
    (void)snprintf(from, sizeof from, "%s/raise/", fence_id);
    (void)snprintf(to, sizeof to, "%s/raise0", fence_id); /* "0" follows "/" */
    bson_t *filter = BCON_NEW("$or", "[", "{", "_id", BCON_UTF8(fence_id), "}", "{", "_id", "{",
                              "$gt", BCON_UTF8(from), "$lt", BCON_UTF8(to), "}", "}", "]");
    int r = mongo_find(store, FENCES, filter, NULL, add_holder, holders);
    bson_destroy(filter);
    return r;
}

static int forget_raisers(struct store *store, const char *fence_id,
                          const struct fence_sessions *sessions)
{
    const char **ids = mem_array(sessions->arena, const char *, sessions->n);
    size_t n = 0;
    for (size_t i = 0; i < sessions->n; i++)
        if (strcmp(sessions->all[i].named_by, fence_id) != 0)
            ids[n++] = sessions->all[i].named_by;
    if (n == 0)
        return 0;
    fence_write_forget(store->command, ids, n);
    append_durable(store->command);
    return run_alone(store, store->database, store->command);
}

int fence_kill_holders(struct store *store, const char *fence_id)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct holders holders = {.store = store, .sessions = {.arena = arena}};
    int r = find_holders(store, fence_id, &holders);
    if (r == 0)
        r = fence_sessions_kill(store, &holders.sessions);
    return r == 0 ? forget_raisers(store, fence_id, &holders.sessions) : r;
}
