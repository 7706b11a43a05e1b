/* openapi: the REST side as an OpenAPI 3.1 document, made of routes, commands, records and
 * problems. Pure; the caller owns the result. */
#pragma once

#include "libshared/base/settings.h"
#include "libshared/service/facade.h"

enum openapi_keys {
    OPENAPI_NO_KEYS,
    OPENAPI_KEYS,     /* are asked for */
    OPENAPI_KEYS_ALL, /* for guarded rows, too */
};
enum openapi_keys openapi_keys_of(const struct settings *settings);

json_t *openapi_document(const char *service, const char *version,
                         const struct route *const *tables, enum openapi_keys keys);
