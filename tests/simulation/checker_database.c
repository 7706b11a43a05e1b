/* What the database says of messages. */
#include "tests/simulation/checker.h"

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

bool checker_keeps_fact(struct simulation *simulation, const struct bus_header *id,
                        int64_t sequence)
{
    const struct document document = receipt_in(simulation, id);
    const uint64_t message = checker_message(id->value, id->size);
    size_t n;
    const struct told *told = checker_told(simulation, &document, &n);
    bool tells = false;
    for (size_t i = 0; i < n; i++)
        tells = tells || (told[i].message == message && told[i].sequence == sequence);
    return tells;
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
