#include "libshared/base/duration.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define DIGITS 9
#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)
#define YEARS 10
#define LONGEST (YEARS * 366 * DAY)

struct unit {
    char letter;
    size_t member; /* of struct duration */
    int64_t size;
};
#define UNIT(letter, member, size)                                                                 \
    {                                                                                              \
        letter, offsetof(struct duration, member), size                                            \
    }

static const struct unit date[] = {UNIT('Y', months, 12),
                                   UNIT('M', months, 1),
                                   UNIT('D', days, 1),
                                   {0}},
                         week[] = {UNIT('W', days, 7), {0}},
                         clock[] = {UNIT('H', ms, 3600 * SECOND),
                                    UNIT('M', ms, 60 * SECOND),
                                    UNIT('S', ms, SECOND),
                                    {0}};

/* Digits at *text, which it steps over; false: none, or too many. */
static bool take_number(const char **text, int64_t *ret_number)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > DIGITS)
        return false;
    for (*ret_number = 0; isdigit((unsigned char)**text); (*text)++)
        *ret_number = *ret_number * 10 + (**text - '0');
    return true;
}

/* Numbers with units of the list, in its order, each at most once; how many there were. */
static size_t take_units(const char **text, const struct unit *units, struct duration *duration)
{
    size_t n = 0;
    for (const char *at = *text; units->letter != '\0'; units++) {
        int64_t number;
        if (!take_number(&at, &number))
            break;
        while (units->letter != '\0' && units->letter != *at)
            units++;
        if (units->letter == '\0')
            break;
        *(int64_t *)((char *)duration + units->member) += number * units->size;
        *text = ++at;
        n++;
    }
    return n;
}

static bool fits(const struct duration *duration)
{
    return duration->months <= 12 * YEARS && duration->days <= LONGEST / DAY &&
           duration->ms <= LONGEST && duration->months + duration->days + duration->ms > 0;
}

bool duration_parse(const char *text, struct duration *ret_duration)
{
    struct duration duration = {0};
    if (*text++ != 'P')
        return false;
    size_t n = take_units(&text, week, &duration);
    if (n == 0) {
        n = take_units(&text, date, &duration);
        if (*text == 'T') {
            text++;
            size_t times = take_units(&text, clock, &duration);
            n = times > 0 ? n + times : 0;
        }
    }
    if (n == 0 || *text != '\0' || !fits(&duration))
        return false;
    *ret_duration = duration;
    return true;
}
