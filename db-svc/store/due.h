/* due: how records that wait for a time are found, by partition. Internal to the store.
 *
 * A record that is due some time has, beside `due_at`, the member DUE_IN: its partition. Records
 * that wait for nothing have neither, and so no entry in the index of the two. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/mongo.h"

#define DUE_IN "due_in"
/* The same for records of an earlier release, which have no DUE_IN. */
#define DUE_INDEX_BEFORE "due_at"

/* Appends DUE_IN to a record of a timed collection, if it waits for a time. */
void due_append(bson_t *document, const struct collection *collection, const void *record);
/* Gives DUE_IN to records that an earlier release has stored. */
int due_adopt(struct store *store, const struct collection *collection)
    __attribute__((warn_unused_result));
