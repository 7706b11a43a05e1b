/* What receipts tell, kept by what they hold: to unpack one costs more than all that is checked of
 * it. */
#include "tests/simulation/checker.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "db-svc/store/receipts.h"

uint64_t checker_message(const char *id, size_t size)
{
    return table_hash(3, id, size);
}

const struct receipt *checker_receipt(const void *arena, const struct document *document)
{
    bson_t receipt;
    return document->bytes != NULL && bson_init_static(&receipt, document->bytes, document->n)
               ? receipts_read(arena, &receipt)
               : NULL;
}

static bool is_awaited(const char *topic)
{
    return topic_ends_with(topic, ".facts") || topic_ends_with(topic, ".deliveries");
}

static void add(struct receipts_told *told, const struct outgoing *outgoing)
{
    if (told->n == told->room) {
        told->room = told->room > 0 ? 2 * told->room : 1024;
        told->at = realloc(told->at, told->room * sizeof *told->at);
    }
    told->at[told->n++] =
        (struct told){.message = checker_message(outgoing->id, strlen(outgoing->id)),
                      .sequence = outgoing->sequence,
                      .awaited = is_awaited(outgoing->topic)};
}

const struct told *checker_told(struct simulation *simulation, const struct document *document,
                                size_t *ret_n)
{
    struct receipts_told *told = &simulation->checker.told;
    bool made = false;
    *ret_n = 0;
    if (document->bytes == NULL)
        return NULL;
    struct table_row *row =
        table_row(&told->receipts, table_hash(7, document->bytes, document->n), &made);
    if (made) {
        void *arena = talloc_new(NULL);
        const struct receipt *receipt = checker_receipt(arena, document);
        row->number = (int64_t)told->n;
        row->hash = receipt != NULL ? receipt->n_outgoing : 0;
        for (size_t i = 0; i < row->hash; i++)
            add(told, &receipt->outgoing[i]);
        talloc_free(arena);
    }
    *ret_n = row->hash;
    return told->at + row->number;
}

void checker_forget_told(struct simulation *simulation)
{
    table_clear(&simulation->checker.told.receipts);
    free(simulation->checker.told.at);
    simulation->checker.told = (struct receipts_told){0};
}
