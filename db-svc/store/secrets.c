/* Secrets that all processes share: the first one draws them. */
#include "db-svc/store/mongo.h"

#include <errno.h>
#include <string.h>

static bson_t *keep_if_new(const char *name, const uint8_t drawn[STORE_SECRET])
{
    bson_t *command =
        BCON_NEW("findAndModify", "keys", "query", "{", "_id", BCON_UTF8(name), "}", "upsert",
                 BCON_BOOL(true), "new", BCON_BOOL(true), "update", "{", "$setOnInsert", "{",
                 "secret", BCON_BIN(BSON_SUBTYPE_BINARY, drawn, STORE_SECRET), "}", "}",
                 "writeConcern", "{", "w", "majority", "j", BCON_BOOL(true), "}");
    return command;
}

static int read_secret(const bson_t *reply, uint8_t ret_secret[STORE_SECRET])
{
    bson_iter_t at, secret;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (bson_iter_init(&at, reply) && bson_iter_find_descendant(&at, "value.secret", &secret) &&
        BSON_ITER_HOLDS_BINARY(&secret))
        bson_iter_binary(&secret, NULL, &length, &bytes);
    if (length != STORE_SECRET)
        return -EIO;
    memcpy(ret_secret, bytes, STORE_SECRET);
    return 0;
}

int store_secret(struct store *store, const char *name, const uint8_t drawn[STORE_SECRET],
                 uint8_t ret_secret[STORE_SECRET])
{
    bson_t *command = keep_if_new(name, drawn), reply;
    bool there = mongo_run_alone(store, store->database, command, &reply);
    int r = there ? read_secret(&reply, ret_secret) : mongo_errno(&store->error);
    bson_destroy(&reply);
    bson_destroy(command);
    return r;
}
