/* list: what a list asks of the database. Internal to the store, and for the test of its indexes.
 */
#pragma once

#include "db-svc/store/mongo.h"

/* Appends to `filter` and `options` (sort, limit). `same_update`: the part of a list by updated_at
 * that shares the millisecond of the record to go on behind. */
void list_filter(const struct store_list *list, bool same_update, bson_t *filter, bson_t *options);
