/* update: what MongoDB's update operators make of a document. */
#pragma once

#include <bson/bson.h>

/* `before` NULL: the document is inserted by an upsert that asked for `query`. The caller frees the
 * result. Ends the process at an operator that is not known. */
bson_t *update_apply(const bson_t *before, const bson_t *query, const bson_t *update);
