#include "libshared/kafka/bad_batch.h"

static int64_t probe(struct bad_batch *bad)
{
    int64_t half = bad->inside + (bad->behind - bad->inside) / 2;
    int64_t next = bad->step > 0 ? bad->inside + bad->step : half;
    bad->step *= 2;
    bad->probe = next < bad->behind ? next : bad->behind - 1;
    return bad->probe;
}

int64_t bad_batch_failed(struct bad_batch *bad, int64_t position, int64_t end)
{
    if (!bad->searching)
        *bad = (struct bad_batch){.searching = true,
                                  .first = position,
                                  .inside = position,
                                  .behind = end > position ? end : position + 1,
                                  .step = 1};
    else
        bad->inside = bad->probe;
    return bad_batch_found(bad) ? bad->behind : probe(bad);
}

int64_t bad_batch_read(struct bad_batch *bad)
{
    bad->behind = bad->probe;
    bad->step = 0;
    return bad_batch_found(bad) ? bad->behind : probe(bad);
}

bool bad_batch_found(const struct bad_batch *bad)
{
    return bad->searching && bad->behind - bad->inside <= 1;
}
