/* column_name: what a column of a list holds, and of whom, by what programs and people call it in
 * several languages. Pure; results live in the given arena. */
#pragma once

#include <stdbool.h>

enum column_kind {
    COLUMN_UNKNOWN,
    COLUMN_FULL_NAME,
    COLUMN_ANY_NAME, /* a whole name, or the part of it that no other column holds */
    COLUMN_FIRST_NAME,
    COLUMN_LAST_NAME,
    COLUMN_EMAIL,
    COLUMN_PHONE,
    COLUMN_EXTERNAL_ID,
    COLUMN_LOCALE,
    COLUMN_MARKETING_CONSENT,
    COLUMN_STATUS,
    COLUMN_KINDS
};

/* The nearest to the person who comes first. */
enum column_of { COLUMN_OF_ATTENDEE, COLUMN_OF_ANYBODY, COLUMN_OF_BUYER, COLUMN_OWNERS };

struct column_name {
    enum column_kind kind;
    enum column_of of;
};

/* Of a name over 200 bytes only what stands before a bracket, a colon or an asterisk is read. */
struct column_name column_name_read(const void *arena, const char *text);
/* The words of a text, one blank between them, without case, accents and punctuation. */
char *column_name_fold(const void *arena, const char *text);
