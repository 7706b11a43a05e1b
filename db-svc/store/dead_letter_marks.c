/* What administrators did about dead letters: Kafka deletes no single record. */
#include "db-svc/store/mongo.h"

#include <string.h>

#include "libshared/base/mem.h"

#define COLLECTION "dead_letters"

int store_mark_dead_letter(struct store *store, const char *id, const struct dead_letter_mark *mark,
                           int64_t expires)
{
    bson_t *command =
        BCON_NEW("findAndModify", COLLECTION, "query", "{", "_id", BCON_UTF8(id), "}", "upsert",
                 BCON_BOOL(true), "update", "{", "$set", "{", "status", BCON_UTF8(mark->status),
                 "at", BCON_DATE_TIME(mark->at), "expires", BCON_DATE_TIME(expires), "}", "}",
                 "writeConcern", "{", "w", "majority", "j", BCON_BOOL(true), "}");
    bson_t reply;
    const bool there = mongo_run_alone(store, store->database, command, &reply);
    const int r = there ? 0 : mongo_errno(&store->error);
    bson_destroy(&reply);
    bson_destroy(command);
    return r;
}

struct finding {
    const void *arena;
    const char *const *ids;
    size_t n;
    struct dead_letter_mark *marks;
};

static bool put(void *context, const bson_t *document)
{
    struct finding *finding = context;
    struct dead_letter_mark mark = {0};
    const char *id = "";
    bson_iter_t at;
    if (!bson_iter_init(&at, document))
        return true;
    while (bson_iter_next(&at)) {
        const char *name = bson_iter_key(&at);
        if (strcmp(name, "_id") == 0 && BSON_ITER_HOLDS_UTF8(&at))
            id = bson_iter_utf8(&at, NULL);
        else if (strcmp(name, "status") == 0 && BSON_ITER_HOLDS_UTF8(&at))
            mark.status = mem_strdup(finding->arena, bson_iter_utf8(&at, NULL));
        else if (strcmp(name, "at") == 0 && BSON_ITER_HOLDS_DATE_TIME(&at))
            mark.at = bson_iter_date_time(&at);
    }
    for (size_t i = 0; i < finding->n; i++)
        if (strcmp(finding->ids[i], id) == 0)
            finding->marks[i] = mark;
    return true;
}

int store_dead_letter_marks(struct store *store, const void *arena, const char *const *ids,
                            size_t n, struct dead_letter_mark *ret_marks)
{
    struct finding finding = {.arena = arena, .ids = ids, .n = n, .marks = ret_marks};
    memset(ret_marks, 0, n * sizeof *ret_marks);
    if (n == 0)
        return 0;
    bson_t filter = BSON_INITIALIZER, in, list;
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &in);
    (void)BSON_APPEND_ARRAY_BEGIN(&in, "$in", &list);
    for (size_t i = 0; i < n; i++) {
        char room[16];
        const char *key;
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_utf8(&list, key, -1, ids[i], -1);
    }
    (void)bson_append_array_end(&in, &list);
    (void)bson_append_document_end(&filter, &in);
    const int r = mongo_find(store, COLLECTION, &filter, NULL, put, &finding);
    bson_destroy(&filter);
    return r;
}
