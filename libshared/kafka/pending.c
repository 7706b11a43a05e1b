#include "libshared/kafka/pending.h"

#include <errno.h>
#include <string.h>
/* Its default hash is a chain of fall-throughs that clang warns of. */
#define HASH_FUNCTION(key, size, hash) HASH_FNV(key, size, hash)
#include <uthash.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define HEX (2 * PENDING_RANDOM)

/* Entries are slots of one array, made once; `generation` tells a slot's uses apart. */
struct entry {
    char random[HEX + 1];
    uint32_t generation;
    bool waits;
    struct pending_caller caller;
    int64_t deadline;
    struct entry *earlier, *later; /* waiting ones by deadline; free ones by `later` */
    UT_hash_handle hh;
};

struct pending {
    char instance[PENDING_INSTANCE + 1];
    size_t instance_size;
    struct entry *entries;
    size_t max, count;
    struct entry *by_id;
    struct entry *first, *last;
    struct entry *free;
};

static int pending_destroy(struct pending *pending)
{
    HASH_CLEAR(hh, pending->by_id);
    return 0;
}

struct pending *pending_new(const void *arena, const char *instance, size_t max)
{
    struct pending *pending = mem_new(arena, struct pending);
    pending->instance_size = strnlen(instance, PENDING_INSTANCE);
    memcpy(pending->instance, instance, pending->instance_size);
    pending->max = max;
    pending->entries = mem_array(pending, struct entry, max);
    for (size_t i = max; i > 0; i--) {
        pending->entries[i - 1].later = pending->free;
        pending->free = &pending->entries[i - 1];
    }
    talloc_set_destructor(pending, pending_destroy);
    return pending;
}

/* Deadlines mostly rise, so the place is looked for from the end. */
static void line_up(struct pending *pending, struct entry *entry)
{
    struct entry *before = pending->last;
    while (before != NULL && before->deadline > entry->deadline)
        before = before->earlier;
    entry->earlier = before;
    entry->later = before != NULL ? before->later : pending->first;
    *(before != NULL ? &before->later : &pending->first) = entry;
    *(entry->later != NULL ? &entry->later->earlier : &pending->last) = entry;
}

static void step_out(struct pending *pending, struct entry *entry)
{
    *(entry->earlier != NULL ? &entry->earlier->later : &pending->first) = entry->later;
    *(entry->later != NULL ? &entry->later->earlier : &pending->last) = entry->earlier;
}

static uint64_t tag_of(const struct pending *pending, const struct entry *entry)
{
    return (uint64_t)entry->generation << 32 | (uint64_t)(entry - pending->entries + 1);
}

int pending_add(struct pending *pending, struct pending_caller caller, int64_t deadline,
                const uint8_t random[PENDING_RANDOM], char ret_id[PENDING_ID_SIZE],
                uint64_t *ret_tag)
{
    struct entry *entry = pending->free;
    if (entry == NULL)
        return -EAGAIN;
    pending->free = entry->later;
    entry->generation++;
    entry->waits = true;
    entry->caller = caller;
    entry->deadline = deadline;
    text_hex(entry->random, random, PENDING_RANDOM);
    HASH_ADD(hh, pending->by_id, random, HEX, entry);
    line_up(pending, entry);
    pending->count++;

    memcpy(ret_id, pending->instance, pending->instance_size);
    memcpy(ret_id + pending->instance_size, entry->random, HEX + 1);
    *ret_tag = tag_of(pending, entry);
    return 0;
}

static struct pending_caller remove_entry(struct pending *pending, struct entry *entry)
{
    HASH_DEL(pending->by_id, entry);
    step_out(pending, entry);
    pending->count--;
    entry->waits = false;
    entry->later = pending->free;
    pending->free = entry;
    return entry->caller;
}

bool pending_is_own(const struct pending *pending, const void *id, size_t size)
{
    return size == pending->instance_size + HEX &&
           memcmp(id, pending->instance, pending->instance_size) == 0;
}

bool pending_take(struct pending *pending, const void *id, size_t size,
                  struct pending_caller *ret_caller)
{
    if (!pending_is_own(pending, id, size))
        return false;
    struct entry *entry;
    HASH_FIND(hh, pending->by_id, (const char *)id + pending->instance_size, HEX, entry);
    if (entry == NULL)
        return false;
    *ret_caller = remove_entry(pending, entry);
    return true;
}

bool pending_take_tag(struct pending *pending, uint64_t tag, struct pending_caller *ret_caller)
{
    const size_t slot = (uint32_t)tag;
    if (slot == 0 || slot > pending->max)
        return false;
    struct entry *entry = &pending->entries[slot - 1];
    if (!entry->waits || entry->generation != tag >> 32)
        return false;
    *ret_caller = remove_entry(pending, entry);
    return true;
}

bool pending_take_overdue(struct pending *pending, int64_t now, struct pending_caller *ret_caller)
{
    if (pending->first == NULL || pending->first->deadline > now)
        return false;
    *ret_caller = remove_entry(pending, pending->first);
    return true;
}

size_t pending_count(const struct pending *pending)
{
    return pending->count;
}

int64_t pending_next(const struct pending *pending)
{
    return pending->first != NULL ? pending->first->deadline : INT64_MAX;
}
