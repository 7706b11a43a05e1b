/* stream_limit: how many streams each caller has open, so that one key cannot take all that a
 * service can do. One thread. Freed with its arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct stream_limit;

/* `most` of one caller; 0: no limit. */
struct stream_limit *stream_limit_new(const void *arena, size_t most);
/* False: it has as many as it may. */
bool stream_limit_enter(struct stream_limit *limit, const char *caller)
    __attribute__((warn_unused_result));
void stream_limit_leave(struct stream_limit *limit, const char *caller);
