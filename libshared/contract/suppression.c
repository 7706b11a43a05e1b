#include "libshared/contract/suppression.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"

const char *const suppression_reason_names[] = {"", "bounced", "complained", NULL};

#define T struct suppression
static const struct field fields[] = {
    COMMON_FIELDS(T, SUPPRESSION_PREFIX),
    FIELD_ENUM(T, channel, channel_names, .flags = READ_ONLY),
    FIELD(T, address, .personal = PERSONAL, .flags = READ_ONLY,
          .summary = "Absent once its owner was erased."),
    FIELD_ENUM(T, reason, suppression_reason_names, .flags = READ_ONLY),
    FIELD(T, detail, .personal = PERSONAL, .flags = READ_ONLY, .summary = "What the carrier said."),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX, .flags = READ_ONLY),
};
const struct record suppression_record = RECORD("suppression", T, fields);
#undef T

const char *suppression_id(const void *arena, enum channel channel, const char *address)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    if (address == NULL)
        return NULL;
    const char *folded = channel_fold(arena, channel, address);
    char *id = mem_zeroed(arena, ID_SIZE);
    crypto_hash_sha256(hash, (const uint8_t *)folded, strlen(folded));
    id_make(id, SUPPRESSION_PREFIX, 0, hash);
    return id;
}
