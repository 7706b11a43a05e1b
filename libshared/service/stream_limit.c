#include "libshared/service/stream_limit.h"

#include <talloc.h>
#include <uthash.h>

#include "libshared/base/mem.h"

struct streamer {
    const char *name;
    size_t streams;
    UT_hash_handle hh;
};

struct stream_limit {
    size_t most;
    struct streamer *streamers; /* those that have any */
};

static int clear(struct stream_limit *limit)
{
    HASH_CLEAR(hh, limit->streamers); /* uthash's buckets are malloc's */
    return 0;
}

struct stream_limit *stream_limit_new(const void *arena, size_t most)
{
    struct stream_limit *limit = mem_new(arena, struct stream_limit);
    limit->most = most;
    talloc_set_destructor(limit, clear);
    return limit;
}

static struct streamer *find(const struct stream_limit *limit, const char *caller)
{
    struct streamer *streamer = NULL;
    HASH_FIND_STR(limit->streamers, caller, streamer);
    return streamer;
}

bool stream_limit_enter(struct stream_limit *limit, const char *caller)
{
    struct streamer *streamer = find(limit, caller);
    if (streamer == NULL) {
        streamer = mem_new(limit, struct streamer);
        streamer->name = mem_strdup(streamer, caller);
        HASH_ADD_KEYPTR(hh, limit->streamers, streamer->name, strlen(streamer->name), streamer);
    }
    if (limit->most > 0 && streamer->streams >= limit->most)
        return false;
    streamer->streams++;
    return true;
}

void stream_limit_leave(struct stream_limit *limit, const char *caller)
{
    struct streamer *streamer = find(limit, caller);
    if (streamer == NULL || --streamer->streams > 0)
        return;
    HASH_DEL(limit->streamers, streamer);
    mem_free(streamer);
}
