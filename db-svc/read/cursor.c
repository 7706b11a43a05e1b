#include "db-svc/read/cursor.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define ORDER_LENGTH 2

static const char *order_of(const struct store_list *list)
{
    static const char *const orders[3][2] = {{"c+", "c-"}, {"u+", "u-"}, {"s+", "s-"}};
    return orders[list->by_start ? 2 : list->by_update][list->descending];
}

static const char *pack(const void *arena, const char *plain)
{
    size_t size = sodium_base64_ENCODED_LEN(strlen(plain), VARIANT);
    return sodium_bin2base64(mem_zeroed(arena, size), size, (const uint8_t *)plain, strlen(plain),
                             VARIANT);
}

/* NULL: not packed text. */
static char *unpack(const void *arena, const char *text)
{
    size_t room = strlen(text), length;
    char *plain = mem_zeroed(arena, room + 1);
    return sodium_base642bin((uint8_t *)plain, room, text, room, NULL, &length, NULL, VARIANT) ==
                       0 &&
                   strlen(plain) == length
               ? plain
               : NULL;
}

static int64_t time_of(const struct store_list *list, const struct common *last)
{
    if (list->by_start)
        return ((const struct event *)(const void *)last)->starts_at;
    return list->by_update ? last->updated_at : last->created_at;
}

const char *cursor_write(const void *arena, const struct store_list *list,
                         const struct common *last)
{
    return pack(arena, mem_printf(arena, "%s%" PRId64 "/%s", order_of(list), time_of(list, last),
                                  last->id));
}

bool cursor_read(const void *arena, const char *text, const char *prefix, struct store_list *list)
{
    char *plain = unpack(arena, text), *end;
    if (plain == NULL || strncmp(plain, order_of(list), ORDER_LENGTH) != 0)
        return false;
    errno = 0;
    int64_t ms = strtoll(plain + ORDER_LENGTH, &end, 10);
    if (errno != 0 || *end != '/' || !id_valid(prefix, end + 1))
        return false;
    list->after_update = ms;
    list->after_id = end + 1;
    return true;
}

const char *cursor_write_part(const void *arena, const char *id, size_t n)
{
    return pack(arena, mem_printf(arena, "p%zu/%s", n, id));
}

bool cursor_read_part(const void *arena, const char *text, const char *prefix, const char **ret_id,
                      size_t *ret_n)
{
    char *plain = unpack(arena, text), *end;
    if (plain == NULL || *plain != 'p' || strspn(plain + 1, "0123456789") == 0)
        return false;
    *ret_n = strtoul(plain + 1, &end, 10);
    *ret_id = end + 1;
    return *end == '/' && id_valid(prefix, end + 1);
}
