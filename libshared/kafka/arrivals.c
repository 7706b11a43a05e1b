#include "libshared/kafka/arrivals.h"

#include <string.h>

#define SPACING_MS 50

void arrivals_forget(struct arrivals *arrivals)
{
    arrivals->n = 0;
}

/* How much coarser it gets without this one, in millionths of the age. */
static int64_t coarseness(const struct arrivals *arrivals, size_t i, int64_t now_ms)
{
    const int64_t before = arrivals->ends[i - 1].at, gap = arrivals->ends[i + 1].at - before;
    return gap * 1000000 / (now_ms - before + 1);
}

/* One goes whose absence is noticed least: the older are further apart. */
static void thin_out(struct arrivals *arrivals, int64_t now_ms)
{
    size_t least = 1;
    for (size_t i = 2; i + 1 < arrivals->n; i++)
        if (coarseness(arrivals, i, now_ms) < coarseness(arrivals, least, now_ms))
            least = i;
    arrivals->n--;
    memmove(&arrivals->ends[least], &arrivals->ends[least + 1],
            (arrivals->n - least) * sizeof *arrivals->ends);
}

void arrivals_saw(struct arrivals *arrivals, int64_t now_ms, int64_t end)
{
    if (end < 0)
        return;
    if (arrivals->n > 0 && end < arrivals->ends[arrivals->n - 1].end)
        arrivals_forget(arrivals);
    if (arrivals->n > 0 && (end == arrivals->ends[arrivals->n - 1].end ||
                            now_ms - arrivals->ends[arrivals->n - 1].at < SPACING_MS))
        return;
    if (arrivals->n == ARRIVALS)
        thin_out(arrivals, now_ms);
    arrivals->ends[arrivals->n].at = now_ms;
    arrivals->ends[arrivals->n++].end = end;
}

int64_t arrivals_age_ms(const struct arrivals *arrivals, int64_t now_ms, int64_t offset)
{
    for (size_t i = 0; i < arrivals->n; i++)
        if (offset < arrivals->ends[i].end)
            return now_ms > arrivals->ends[i].at ? now_ms - arrivals->ends[i].at : 0;
    return 0;
}
