/* receipts: between receipts and BSON. Internal to the store. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/store.h"

/* The member of a packed receipt that is forgotten with whom it is about. */
#define RECEIPTS_ANSWER "answer"

/* `packed`: as releases before packing cannot read it. */
void receipts_append(bson_t *document, const struct receipt *receipt, bool packed);
/* Of either form, in the arena; NULL: it cannot be unpacked. */
struct receipt *receipts_read(const void *arena, const bson_t *document);
