/* receipts: how a receipt is stored. Internal to the store. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/receipt.h"

void receipts_append(bson_t *document, const struct receipt *receipt);
