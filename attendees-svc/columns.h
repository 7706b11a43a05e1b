/* columns: which columns of a list hold what an import takes in: by what the request says, else by
 * their names (column_name.h). Pure; all lives in the given arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attendees-svc/csv_reader.h"

enum column {
    COLUMN_TAKES_NAME,
    COLUMN_TAKES_FIRST_NAME,
    COLUMN_TAKES_LAST_NAME,
    COLUMN_TAKES_EMAIL,
    COLUMN_TAKES_PHONE,
    COLUMN_TAKES_EXTERNAL_ID,
    COLUMN_TAKES_LOCALE,
    COLUMN_TAKES_MARKETING_CONSENT,
    COLUMN_TAKES_STATUS,
    COLUMNS
};
extern const char *const column_texts[COLUMNS + 1]; /* ended by NULL */

/* What a request says: the name of each one's column; "": none is to be taken; NULL: nothing. */
struct column_mapping {
    const char *named[COLUMNS];
};
/* "name:Full name,email:Mail". A comma begins another pair only where one of the columns follows,
 * so that a name may hold commas. False: it is none, or says one of them twice. */
bool column_mapping_read(const void *arena, const char *text, struct column_mapping *ret_mapping)
    __attribute__((warn_unused_result));

struct columns {
    /* By the file's columns: the bits of all that each holds (1 << enum column). */
    unsigned holds[CSV_CELLS_MAX];
    size_t n;
    bool missing[COLUMNS];   /* no column holds it, and one must */
    bool unknown[COLUMNS];   /* the request names a column that is not there */
    bool ambiguous[COLUMNS]; /* more than one could hold it: all of them have its bit */
};
/* Whether rows can be read by them. */
bool columns_choose(const void *arena, const struct csv_row *header,
                    const struct column_mapping *mapping, struct columns *ret_columns);
