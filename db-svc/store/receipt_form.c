/* In which form receipts are written: packed in a database that this release has made, and in
 * another once that was asked for. The database says it, so that all processes write the same. */
#include "db-svc/store/receipt_form.h"

#include "db-svc/store/mongo.h"

#define NAME "receipts"

static bool take_form(void *context, const bson_t *document)
{
    bson_iter_t at;
    *(bool *)context = bson_iter_init_find(&at, document, "packed") && bson_iter_as_bool(&at);
    return true;
}

int receipt_form_load(struct store *store)
{
    bson_t *filter = BCON_NEW("_id", NAME);
    bool packed = false;
    int r = mongo_find(store, "keys", filter, NULL, take_form, &packed);
    bson_destroy(filter);
    if (r == 0)
        store->packs_receipts = packed;
    return r;
}

int store_pack_receipts(struct store *store)
{
    bson_t *command =
        BCON_NEW("update", "keys", "updates", "[", "{", "q", "{", "_id", NAME, "}", "u", "{",
                 "$set", "{", "packed", BCON_BOOL(true), "}", "}", "upsert", BCON_BOOL(true), "}",
                 "]", "writeConcern", "{", "w", "majority", "j", BCON_BOOL(true), "}");
    bool done = mongo_run_alone(store, store->database, command, NULL);
    bson_destroy(command);
    store->packs_receipts = store->packs_receipts || done;
    return done ? 0 : mongo_errno(&store->error);
}
