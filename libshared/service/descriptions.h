/* descriptions: what members of records are, where their tables have no summary of their own. */
#pragma once

/* NULL: none. `record` may be NULL. */
const char *description_of(const char *record, const char *member);
