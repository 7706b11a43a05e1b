/* asyncapi_headers: what the headers of each kind of message are, as message traits. Pure; the
 * caller owns what is returned. */
#pragma once

#include <jansson.h>

/* {"command", "query", "reply", "fact", "delivery", "dead_letter"}: each a trait with `headers`. */
json_t *asyncapi_traits(void);
/* {"$ref"} of one. */
json_t *asyncapi_trait(const char *name);
