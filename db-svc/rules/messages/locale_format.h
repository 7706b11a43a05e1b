/* locale_format: times and amounts of money as people of a language read them, and as none can
 * mistake them: months by name, 24 hours, currencies by code.
 *
 * In English and Spanish; for other languages times are written as ISO 8601 has them. A NULL locale
 * is an unknown one. Pure, but that time zones come from the system's database; one thread. Results
 * live in the arena given. */
#pragma once

#include "libshared/record/record.h"

/* At a place of that time zone (IANA); UTC if there is none of that name. */
const char *locale_format_time(const void *arena, const char *locale, const char *time_zone,
                               int64_t ms);
const char *locale_format_money(const void *arena, const char *locale, struct money money);
