#include "libshared/kafka/delay.h"

#define STRETCH_MS 500
/* As many as this may lie behind a message that is read as soon as it is there. */
#define LIVE 256

void delay_begin(struct delay *delay)
{
    delay->backlog = -1;
}

static bool is_live(struct delay *delay, int64_t offset, int64_t end)
{
    if (delay->backlog < 0)
        delay->backlog = end;
    return delay->backlog >= 0 && offset >= delay->backlog && end - offset <= LIVE;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t difference(const struct delay *delay)
{
    return lesser(delay->least, delay->least_before);
}

/* Of the stretch before only if it is the one just before: else nothing was read live since. */
static void enter_stretch(struct delay *delay, int64_t stretch, int64_t seen)
{
    delay->least_before = delay->known && stretch == delay->stretch + 1 ? delay->least : seen;
    delay->least = seen;
    delay->stretch = stretch;
    delay->known = true;
}

void delay_saw(struct delay *delay, int64_t now_ms, int64_t timestamp_ms, int64_t offset,
               int64_t end)
{
    int64_t seen = now_ms - timestamp_ms, stretch = now_ms / STRETCH_MS;
    bool live = is_live(delay, offset, end);
    if (live && (!delay->known || stretch != delay->stretch))
        enter_stretch(delay, stretch, seen);
    else if (live || (delay->known && seen < difference(delay)))
        delay->least = lesser(delay->least, seen);
}

int64_t delay_age_ms(const struct delay *delay, int64_t now_ms, int64_t timestamp_ms)
{
    int64_t age = now_ms - timestamp_ms - difference(delay);
    return !delay->known || age < 0 ? 0 : age;
}
