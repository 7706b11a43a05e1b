/* cursor: where a page ended, as text that callers hand back unread. Internal to this room.
 *
 * base64url of the order, the last record's time and its id; one of another order, or of another
 * kind of record, is none. */
#pragma once

#include "db-svc/store/store.h"

/* Goes on behind `last` in the list's order. */
const char *cursor_write(const void *arena, const struct store_list *list,
                         const struct common *last);
/* Sets the list's after_… members. False: `text` is no cursor of such a list. */
bool cursor_read(const void *arena, const char *text, const char *prefix, struct store_list *list);
/* Where a page ended within a record: behind the first n of its parts. */
const char *cursor_write_part(const void *arena, const char *id, size_t n);
bool cursor_read_part(const void *arena, const char *text, const char *prefix, const char **ret_id,
                      size_t *ret_n);
