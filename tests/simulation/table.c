#include "tests/simulation/table.h"

#include <stdlib.h>
#include <string.h>

/* The halves of a product in one: each bit of both factors moves many of it. */
static uint64_t mixed(uint64_t hash, uint64_t word)
{
    const unsigned __int128 product =
        (unsigned __int128)(hash ^ word ^ UINT64_C(0x9e3779b97f4a7c15)) *
        UINT64_C(0xd6e8feb86659fd93);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t table_hash(uint64_t seed, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = mixed(UINT64_C(0xcbf29ce484222325) ^ seed, size), word;
    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mixed(hash, word);
    }
    word = 0;
    memcpy(&word, at, size);
    hash = mixed(hash, word);
    return hash != 0 ? hash : 1;
}

static struct table_row *place(const struct table *table, uint64_t key)
{
    size_t at = (key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (table->room - 1);
    while (table->rows[at].key != 0 && table->rows[at].key != key)
        at = (at + 1) & (table->room - 1);
    return &table->rows[at];
}

static void grow(struct table *table)
{
    struct table before = *table;
    table->room = before.room > 0 ? 2 * before.room : 1024;
    table->rows = calloc(table->room, sizeof *table->rows);
    for (size_t i = 0; i < before.room; i++)
        if (before.rows[i].key != 0)
            *place(table, before.rows[i].key) = before.rows[i];
    free(before.rows);
}

struct table_row *table_row(struct table *table, uint64_t key, bool *ret_new)
{
    if (2 * table->n >= table->room)
        grow(table);
    struct table_row *row = place(table, key);
    *ret_new = row->key == 0;
    table->n += row->key == 0;
    row->key = key;
    return row;
}

const struct table_row *table_find(const struct table *table, uint64_t key)
{
    const struct table_row *row = table->room > 0 ? place(table, key) : NULL;
    return row != NULL && row->key != 0 ? row : NULL;
}

void table_clear(struct table *table)
{
    free(table->rows);
    *table = (struct table){0};
}
