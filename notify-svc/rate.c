#include "notify-svc/rate.h"

#define MESSAGE 1000000
#define SECOND_US 1000000

static int64_t room(const struct rate *rate)
{
    int64_t tenth = rate->per_second * (MESSAGE / 10);
    return tenth > MESSAGE ? tenth : MESSAGE;
}

static int64_t filled(const struct rate *rate, int64_t now_us)
{
    int64_t since = now_us - rate->filled_us;
    int64_t held = since < SECOND_US ? rate->millionths + since * rate->per_second : room(rate);
    return held < room(rate) ? held : room(rate);
}

void rate_open(struct rate *rate, int64_t per_second, int64_t now_us)
{
    *rate = (struct rate){.per_second = per_second, .filled_us = now_us};
    rate->millionths = room(rate);
}

bool rate_take(struct rate *rate, int64_t now_us)
{
    if (rate->per_second == 0)
        return true;
    rate->millionths = filled(rate, now_us);
    rate->filled_us = now_us;
    if (rate->millionths < MESSAGE)
        return false;
    rate->millionths -= MESSAGE;
    return true;
}

int64_t rate_wait_ms(const struct rate *rate, int64_t now_us)
{
    int64_t missing = rate->per_second == 0 ? 0 : MESSAGE - filled(rate, now_us);
    if (missing <= 0)
        return 0;
    int64_t wait_us = (missing + rate->per_second - 1) / rate->per_second;
    return (wait_us + 999) / 1000;
}
