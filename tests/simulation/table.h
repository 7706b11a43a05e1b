/* table: numbers found by number, such as hashes. Grows; nothing is taken out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_row {
    uint64_t key; /* 0: there is none */
    int64_t number;
    uint64_t hash;
};
struct table {
    struct table_row *rows;
    size_t n, room;
};

uint64_t table_hash(uint64_t seed, const void *bytes, size_t size);
/* The row of the key, made if it is new (*ret_new). It stays until the next call. */
struct table_row *table_row(struct table *table, uint64_t key, bool *ret_new);
/* NULL: there is none. */
const struct table_row *table_find(const struct table *table, uint64_t key);
void table_clear(struct table *table);
