#include "libshared/base/clock.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

struct clock_time clock_read(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    return (struct clock_time){
        .wall_ms = clock_wall_ms(), .monotonic_ms = us / 1000, .monotonic_us = us};
}

static char *put_digits(char *at, unsigned number, int digits)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

void clock_format(char out[CLOCK_TEXT_SIZE], int64_t wall_ms)
{
    int64_t ms = ((wall_ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    const unsigned parts[] = {(unsigned)tm.tm_year + 1900,
                              (unsigned)tm.tm_mon + 1,
                              (unsigned)tm.tm_mday,
                              (unsigned)tm.tm_hour,
                              (unsigned)tm.tm_min,
                              (unsigned)tm.tm_sec,
                              (unsigned)ms};
    static const char behind[] = "--T::.Z";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        out = put_digits(out, parts[i], i == 0 ? 4 : i == 6 ? 3 : 2);
        *out++ = behind[i];
    }
    *out = '\0';
}

/* Reads exactly `digits` digits at *text and steps over them; -1 if there are fewer. */
static int take_number(const char **text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool take_character(const char **text, const char *allowed)
{
    if (**text == '\0' || strchr(allowed, **text) == NULL)
        return false;
    (*text)++;
    return true;
}

static bool take_fraction(const char **text, int64_t *ret_ms)
{
    int64_t ms = 0;
    int digits = 0;
    for (; isdigit((unsigned char)**text); (*text)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**text - '0');
    for (int i = digits; i < 3; i++)
        ms *= 10;
    *ret_ms = ms;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(const char **text, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (take_character(text, "Zz"))
        return true;
    int64_t sign = **text == '-' ? -1 : 1;
    if (!take_character(text, "+-"))
        return false;
    int hours = take_number(text, 2);
    if (hours < 0 || hours > 23 || !take_character(text, ":"))
        return false;
    int minutes = take_number(text, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_ms = sign * (hours * 60 + minutes) * 60000;
    return true;
}

bool clock_parse(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0};
    int year = take_number(&text, 4);
    if (year < 0 || !take_character(&text, "-"))
        return false;
    int month = take_number(&text, 2);
    if (month < 1 || month > 12 || !take_character(&text, "-"))
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = take_number(&text, 2);
    if (tm.tm_mday < 1 || !take_character(&text, "Tt "))
        return false;
    tm.tm_hour = take_number(&text, 2);
    if (tm.tm_hour < 0 || tm.tm_hour > 23 || !take_character(&text, ":"))
        return false;
    tm.tm_min = take_number(&text, 2);
    if (tm.tm_min < 0 || tm.tm_min > 59 || !take_character(&text, ":"))
        return false;
    tm.tm_sec = take_number(&text, 2);
    if (tm.tm_sec < 0 || tm.tm_sec > 60)
        return false;
    int64_t fraction = 0, offset = 0;
    if (take_character(&text, ".") && !take_fraction(&text, &fraction))
        return false;
    if (!take_offset(&text, &offset) || *text != '\0')
        return false;
    struct tm asked = tm;
    asked.tm_sec = 0; /* a leap second may carry over, a 31 April may not */
    (void)timegm(&asked);
    if (asked.tm_mday != tm.tm_mday)
        return false;
    int64_t ms = (int64_t)timegm(&tm) * 1000 + fraction - offset;
    bool writable = ms >= CLOCK_FIRST_MS && ms <= CLOCK_LAST_MS;
    if (writable)
        *ret_ms = ms;
    return writable;
}
