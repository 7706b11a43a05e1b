/* openapi_parts: what all OpenAPI documents have in common: scopes, tags, and the components. Pure;
 * the caller owns what is returned. */
#pragma once

#include <jansson.h>

#include "libshared/http/api_keys.h"

#define OPENAPI_SCOPES 7
extern const struct openapi_scope {
    enum api_scope scope;
    const char *name, *opens;
} openapi_scopes[OPENAPI_SCOPES];

const char *openapi_tag_description(const char *tag);
json_t *openapi_info(const char *service, const char *version);
/* A reference to the component. */
json_t *openapi_component(const char *kind, const char *name);
/* With the schemas, which it takes. */
json_t *openapi_components(json_t *schemas_take);
