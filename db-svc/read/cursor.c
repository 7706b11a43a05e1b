#include "db-svc/read/cursor.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define ORDER_LENGTH 2

static const char *order_of(const struct store_list *list)
{
    static const char *const orders[2][2] = {{"c+", "c-"}, {"u+", "u-"}};
    return orders[list->by_update][list->descending];
}

const char *cursor_write(const void *arena, const struct store_list *list,
                         const struct common *last)
{
    const char *plain = mem_printf(arena, "%s%" PRId64 "/%s", order_of(list),
                                   list->by_update ? last->updated_at : last->created_at, last->id);
    size_t size = sodium_base64_ENCODED_LEN(strlen(plain), VARIANT);
    return sodium_bin2base64(mem_zeroed(arena, size), size, (const uint8_t *)plain, strlen(plain),
                             VARIANT);
}

bool cursor_read(const void *arena, const char *text, const char *prefix, struct store_list *list)
{
    size_t room = strlen(text), length;
    char *plain = mem_zeroed(arena, room + 1), *end;
    if (sodium_base642bin((uint8_t *)plain, room, text, room, NULL, &length, NULL, VARIANT) != 0 ||
        strlen(plain) != length || strncmp(plain, order_of(list), ORDER_LENGTH) != 0)
        return false;
    errno = 0;
    int64_t ms = strtoll(plain + ORDER_LENGTH, &end, 10);
    if (errno != 0 || *end != '/' || !id_valid(prefix, end + 1))
        return false;
    list->after_update = ms;
    list->after_id = end + 1;
    return true;
}
