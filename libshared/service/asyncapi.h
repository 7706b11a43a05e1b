/* asyncapi: the Kafka side as an AsyncAPI 3.0 document, made of commands, facts, topics and
 * records, as db-svc sees it: it receives commands and queries, and sends replies and facts. Pure;
 * the caller owns the result. */
#pragma once

#include <jansson.h>

#include "libshared/base/settings.h"

/* The public document; with `internal` also what only our own services send each other, marked
 * x-internal. */
json_t *asyncapi_document(const char *version, const struct settings *settings, bool internal);
