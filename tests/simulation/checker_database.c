/* What the database says of messages. */
#include "tests/simulation/checker.h"

#include <string.h>
#include <talloc.h>

#include "db-svc/store/receipts.h"

static struct document receipt_in(const struct simulation *simulation, const struct bus_header *id)
{
    struct key key;
    return message_receipt(id, &key) ? database_get(simulation->server.database, "receipts", &key)
                                     : (struct document){0};
}

bool checker_keeps(const struct simulation *simulation, const struct bus_header *id)
{
    return receipt_in(simulation, id).bytes != NULL;
}

static bool is_fact(const struct outgoing *outgoing, const struct bus_header *id, int64_t sequence)
{
    return outgoing->sequence == sequence && strlen(outgoing->id) == id->size &&
           memcmp(outgoing->id, id->value, id->size) == 0;
}

const struct receipt *checker_receipt(const void *arena, const struct document *document)
{
    bson_t receipt;
    return document->bytes != NULL && bson_init_static(&receipt, document->bytes, document->n)
               ? receipts_read(arena, &receipt)
               : NULL;
}

bool checker_keeps_fact(const struct simulation *simulation, const struct bus_header *id,
                        int64_t sequence)
{
    void *arena = talloc_new(NULL);
    const struct document document = receipt_in(simulation, id);
    const struct receipt *receipt = checker_receipt(arena, &document);
    bool told = false;
    for (size_t i = 0; receipt != NULL && i < receipt->n_outgoing; i++)
        told = told || is_fact(&receipt->outgoing[i], id, sequence);
    talloc_free(arena);
    return told;
}

size_t checker_read_all(struct simulation *simulation, const char *name, void *arena,
                        struct document **ret_found)
{
    static const struct filter all;
    static const struct sort none;
    struct database *database = simulation->server.database;
    return database_find(database, database_collection(database, name, false), NULL, &all, &none,
                         arena, ret_found);
}
