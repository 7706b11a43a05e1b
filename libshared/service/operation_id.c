#include "libshared/service/operation_id.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/operation.h"

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define BETWEEN '\n' /* neither names nor keys have one */

const char *operation_id(const void *arena, const char *caller, const char *command_id)
{
    const char *whole = mem_printf(arena, "%s%c%s", caller, BETWEEN, command_id);
    const size_t size = strlen(whole), room = sodium_base64_encoded_len(size, BASE64);
    return sodium_bin2base64(mem_zeroed(arena, room), room, (const uint8_t *)whole, size, BASE64);
}

bool operation_id_parse(const void *arena, const char *id, const char **ret_caller,
                        const char **ret_command_id)
{
    const size_t room = strlen(id) + 1;
    char *whole = mem_zeroed(arena, room);
    size_t size;
    const char *end;
    if (sodium_base642bin((uint8_t *)whole, room - 1, id, strlen(id), NULL, &size, &end, BASE64) !=
            0 ||
        *end != '\0' || strlen(whole) != size)
        return false;
    char *between = strchr(whole, BETWEEN);
    if (between == NULL || between == whole || !text_printable_ascii(between + 1) ||
        strlen(between + 1) > OPERATION_COMMAND_ID_MAX)
        return false;
    *between = '\0';
    *ret_caller = whole;
    *ret_command_id = between + 1;
    return text_printable_ascii(whole);
}
