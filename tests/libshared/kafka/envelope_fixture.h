/* envelope_fixture: messages with headers, for the suites of envelopes. */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/kafka/envelope.h"

#define TEXT(n, v)                                                                                 \
    {                                                                                              \
        (n), (v), sizeof(v) - 1                                                                    \
    }
#define BYTES(n, v)                                                                                \
    {                                                                                              \
        (n), (v), sizeof(v) - 1                                                                    \
    }
#define COUNT(a) (sizeof(a) / sizeof *(a))

static inline struct bus_message message_of(const struct bus_header *headers, size_t n,
                                            const char *body)
{
    return (struct bus_message){
        .topic = "tickets.commands",
        .partition = 3,
        .offset = 17,
        .timestamp_ms = 1700000000000,
        .value = body,
        .value_size = body != NULL ? strlen(body) : 0,
        .headers = headers,
        .n_headers = n,
    };
}
