/* asyncapi: the Kafka side as an AsyncAPI 3.0 document, made of commands, facts and records, as
 * db-svc sees it: it receives commands and queries, and sends replies and facts. Pure; the caller
 * owns the result. */
#pragma once

#include <jansson.h>

json_t *asyncapi_document(const char *version);
