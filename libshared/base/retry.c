#include "libshared/base/retry.h"

int64_t retry_plan(struct retry *retry, int64_t now)
{
    retry->pause_ms = retry->pause_ms == 0 ? retry->first_ms : 2 * retry->pause_ms;
    if (retry->pause_ms > retry->most_ms)
        retry->pause_ms = retry->most_ms;
    retry->due_at = now + retry->pause_ms;
    return retry->due_at;
}

bool retry_is_due(const struct retry *retry, int64_t now)
{
    return retry->due_at != 0 && now >= retry->due_at;
}

void retry_cancel(struct retry *retry)
{
    retry->due_at = 0;
}

void retry_reset(struct retry *retry)
{
    retry->due_at = 0;
    retry->pause_ms = 0;
}
