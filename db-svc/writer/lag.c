#include "db-svc/writer/lag.h"

void lag_saw(struct lag *lag, int64_t now_ms, int64_t timestamp_ms)
{
    int64_t minute = now_ms / 60000 + 1, delay = now_ms - timestamp_ms;
    if (lag->minute != minute) {
        lag->least_before = lag->minute == 0 ? delay : lag->least;
        lag->least = delay;
        lag->minute = minute;
    }
    if (delay < lag->least)
        lag->least = delay;
}

int64_t lag_age_ms(const struct lag *lag, int64_t now_ms, int64_t timestamp_ms)
{
    int64_t difference = lag->least < lag->least_before ? lag->least : lag->least_before;
    int64_t age = now_ms - timestamp_ms - difference;
    return lag->minute == 0 || age < 0 ? 0 : age;
}
