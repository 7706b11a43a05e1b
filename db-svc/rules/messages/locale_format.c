#include "db-svc/rules/messages/locale_format.h"

#include <string.h>

#include "db-svc/rules/zone_time.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "libshared/record/currency.h"

struct language {
    const char *days[7], *months[12]; /* from Sunday, from January */
    const char *of;                   /* between day, month and year */
    const char *after_weekday;
};

enum { ENGLISH, SPANISH };
static const char *const tags[] = {[ENGLISH] = "en", [SPANISH] = "es", NULL};
static const struct language languages[] = {
    [ENGLISH] = {{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
                 {"January", "February", "March", "April", "May", "June", "July", "August",
                  "September", "October", "November", "December"},
                 " ",
                 " "},
    [SPANISH] = {{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
                 {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
                  "septiembre", "octubre", "noviembre", "diciembre"},
                 " de ",
                 ", "},
};

const char *locale_format_time(const void *arena, const char *locale, const char *time_zone,
                               int64_t ms)
{
    const struct icaltimetype time = zone_time_local(zone_time_zone(time_zone), ms / 1000);
    int tag = locale_lookup(locale, tags);
    if (tag < 0)
        return mem_printf(arena, "%04d-%02d-%02d %02d:%02d", time.year, time.month, time.day,
                          time.hour, time.minute);
    const struct language *language = &languages[tag];
    const char *day = language->days[icaltime_day_of_week(time) - 1];
    const char *month = language->months[time.month - 1];
    return mem_printf(arena, "%s%s%d%s%s%s%d, %d:%02d", day, language->after_weekday, time.day,
                      language->of, month, language->of, time.year, time.hour, time.minute);
}

/* Spanish has a comma before the decimals, but in Mexico and its neighbours. */
static char point(const char *locale)
{
    static const char *const comma[] = {"es",    "es-MX", "es-US", "es-GT", "es-HN", "es-SV",
                                        "es-NI", "es-PA", "es-DO", "es-PR", "es-PE", NULL};
    return locale_lookup(locale, comma) == 0 ? ',' : '.';
}

const char *locale_format_money(const void *arena, const char *locale, struct money money)
{
    int digits = currency_digits(money.currency);
    if (digits == 0)
        return mem_printf(arena, "%lld %s", (long long)money.amount, money.currency);
    if (digits < 0)
        digits = 2; /* stored before codes were checked */
    int64_t unit = 1;
    for (int i = 0; i < digits; i++)
        unit *= 10;
    return mem_printf(arena, "%lld%c%0*lld %s", (long long)(money.amount / unit), point(locale),
                      digits, (long long)(money.amount % unit), money.currency);
}
