/* personal: takes out of a record what its table declares personal.
 *
 * Goes through the members of nested records and lists, except those declared OF_ANOTHER. Data
 * behind pointers is copied into the arena before it is changed. Any thread. */
#pragma once

#include "libshared/record/record.h"

/* `instead` stands in the place of each prose that was set; NULL: nothing. */
void record_redact(const void *arena, const struct record *record, void *members,
                   const char *instead);
/* Whether nothing personal is set. */
bool record_is_redacted(const struct record *record, const void *members);

/* Whether a text that is declared PERSONAL_PROSE matches of whom the context says. */
bool record_any_prose(const struct record *record, const void *members,
                      bool (*matches)(void *context, const char *text), void *context);
/* Takes out only such texts. */
void record_blank_prose(const void *arena, const struct record *record, void *members);
