#include "tickets-svc/availability_texts.h"

#include <sodium.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define TEXTS 32
#define TEXT_BYTES (32 * 1024) /* of one, and of what it is found by */

/* The one member that changes with each reading. */
#define AS_OF "\"as_of\":\""

struct kept {
    char *shown; /* all that the text shows but `as_of`; NULL: nothing is kept */
    size_t n_shown;
    char *text;
    size_t n_text, as_of; /* where that begins */
    char tag[AVAILABILITY_TAG_SIZE];
};

struct availability_texts {
    struct kept kept[TEXTS];
    uint64_t encoded;
};

struct availability_texts *availability_texts_new(const void *arena)
{
    return mem_new(arena, struct availability_texts);
}

/* --- What a text shows, as bytes to compare --- */

struct bytes {
    const void *arena;
    char *at;
    size_t n;
};

static void add(struct bytes *bytes, const void *more, size_t n)
{
    bytes->at = mem_grow(bytes->arena, bytes->at, char, bytes->n + n);
    memcpy(bytes->at + bytes->n, more, n);
    bytes->n += n;
}

static void add_number(struct bytes *bytes, int64_t number)
{
    add(bytes, &number, sizeof number);
}

static void add_text(struct bytes *bytes, const char *text)
{
    add_number(bytes, text != NULL ? (int64_t)strlen(text) : -1);
    if (text != NULL)
        add(bytes, text, strlen(text));
}

static void add_item(struct bytes *bytes, const struct availability_item *item)
{
    add_text(bytes, item->ticket_type_id);
    add_text(bytes, item->type);
    add_text(bytes, item->name);
    add_number(bytes, item->price.amount);
    add_text(bytes, item->price.currency);
    add_number(bytes, item->on_sale);
    add_number(bytes, item->capacity);
    add_number(bytes, item->sold);
    add_number(bytes, item->held);
    add_number(bytes, item->available);
    add_text(bytes, item->pool);
    add_number(bytes, item->pool_available.set);
    add_number(bytes, item->pool_available.value);
}

static void add_pool(struct bytes *bytes, const struct availability_pool *pool)
{
    add_text(bytes, pool->name);
    add_number(bytes, pool->capacity);
    add_number(bytes, pool->sold);
    add_number(bytes, pool->held);
    add_number(bytes, pool->available);
}

static struct bytes bytes_of(const void *arena, const struct availability *shown)
{
    struct bytes bytes = {.arena = arena};
    add_text(&bytes, shown->event_id);
    add_number(&bytes, (int64_t)shown->items.n);
    for (size_t i = 0; i < shown->items.n; i++)
        add_item(&bytes, &shown->items.at[i]);
    for (size_t i = 0; i < shown->pools.n; i++)
        add_pool(&bytes, &shown->pools.at[i]);
    return bytes;
}

/* --- Texts --- */

static struct kept *place_of(struct availability_texts *texts, const char *event_id,
                             const char *ticket_type_id)
{
    const char *of = ticket_type_id != NULL ? ticket_type_id : event_id;
    unsigned hash;
    HASH_JEN(of, strlen(of), hash);
    return &texts->kept[hash % TEXTS];
}

static void make_tag(const char *text, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    uint8_t hash[(AVAILABILITY_TAG_SIZE - 1) / 2];
    const char *content = strstr(text, "\"items\"");
    (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)content, strlen(content), NULL, 0);
    text_hex(ret_tag, hash, sizeof hash);
}

static void forget(struct kept *kept)
{
    mem_free(kept->shown);
    mem_free(kept->text);
    *kept = (struct kept){0};
}

static void keep(struct availability_texts *texts, struct kept *kept, const struct bytes *shown,
                 const char *text, const char *tag)
{
    const size_t n = strlen(text);
    const char *as_of = strstr(text, AS_OF);
    if (n > TEXT_BYTES || shown->n > TEXT_BYTES || as_of == NULL)
        return;
    kept->as_of = (size_t)(as_of - text) + strlen(AS_OF);
    kept->shown = mem_dup(texts, shown->at, shown->n);
    kept->n_shown = shown->n;
    kept->text = mem_dup(texts, text, n + 1);
    kept->n_text = n;
    memcpy(kept->tag, tag, sizeof kept->tag);
}

static const char *encode(struct availability_texts *texts, struct kept *kept, const void *arena,
                          const struct availability *shown, const struct bytes *bytes,
                          char ret_tag[AVAILABILITY_TAG_SIZE])
{
    const char *text = record_text(arena, &availability_record, shown);
    texts->encoded++;
    make_tag(text, ret_tag);
    forget(kept);
    keep(texts, kept, bytes, text, ret_tag);
    return text;
}

const char *availability_texts_of(struct availability_texts *texts, const void *arena,
                                  const struct availability *shown, const char *ticket_type_id,
                                  char ret_tag[AVAILABILITY_TAG_SIZE])
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    const struct bytes bytes = bytes_of(scratch, shown);
    struct kept *kept = place_of(texts, shown->event_id, ticket_type_id);
    char as_of[CLOCK_TEXT_SIZE];
    if (kept->shown == NULL || kept->n_shown != bytes.n ||
        memcmp(kept->shown, bytes.at, bytes.n) != 0)
        return encode(texts, kept, arena, shown, &bytes, ret_tag);
    char *text = mem_dup(arena, kept->text, kept->n_text + 1);
    clock_format(as_of, shown->as_of);
    memcpy(text + kept->as_of, as_of, strlen(as_of));
    memcpy(ret_tag, kept->tag, sizeof kept->tag);
    return text;
}

uint64_t availability_texts_encoded(const struct availability_texts *texts)
{
    return texts->encoded;
}
