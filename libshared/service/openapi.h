/* openapi: the REST side as an OpenAPI 3.1 document, made of routes, commands, records and
 * problems. Pure; the caller owns the result. */
#pragma once

#include "libshared/service/facade.h"

/* `keyed`: API keys are asked for. */
json_t *openapi_document(const char *service, const char *version,
                         const struct route *const *tables, bool keyed);
