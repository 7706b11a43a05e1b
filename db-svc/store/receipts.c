#include "db-svc/store/receipts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/mongo.h"
#include "db-svc/store/receipt_packing.h"
#include "libshared/base/mem.h"

/* Members of packed receipts. */
#define PUBLISHED "published"
#define ANSWER RECEIPTS_ANSWER

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))

static void append_text(bson_t *document, const char *name, const char *text)
{
    if (text != NULL)
        (void)bson_append_utf8(document, name, -1, text, -1);
}

static void append_outgoing(bson_t *document, const struct receipt *receipt)
{
    bson_t list, one;
    char room[16];
    const char *key;
    (void)BSON_APPEND_ARRAY_BEGIN(document, "outgoing", &list);
    for (size_t i = 0; i < receipt->n_outgoing; i++) {
        const struct outgoing *outgoing = &receipt->outgoing[i];
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_document_begin(&list, key, -1, &one);
        append_text(&one, "topic", outgoing->topic);
        append_text(&one, "key", outgoing->key);
        append_text(&one, "type", outgoing->type);
        append_text(&one, "id", outgoing->id);
        (void)BSON_APPEND_INT64(&one, "sequence", outgoing->sequence);
        append_text(&one, "body", outgoing->body);
        (void)bson_append_document_end(&list, &one);
    }
    (void)bson_append_array_end(document, &list);
}

/* What may tell of a person, and is forgotten with it. */
static void append_answer(bson_t *document, const struct receipt *receipt)
{
    append_text(document, "body", receipt->body);
    append_text(document, "etag", receipt->etag);
    append_text(document, "location", receipt->location);
}

/* What may still have to be published, whoever is forgotten. */
static void append_published(bson_t *document, const struct receipt *receipt)
{
    append_text(document, "stock", receipt->stock);
    append_outgoing(document, receipt);
}

/* Each by itself, so that the answer can be forgotten; it repeats most of what is published. */
static void append_packed(bson_t *document, const struct receipt *receipt)
{
    bson_t published = BSON_INITIALIZER, answer = BSON_INITIALIZER;
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct receipt_packing packing;
    append_published(&published, receipt);
    append_answer(&answer, receipt);
    receipt_packing_begin(scratch, receipt->id, published.len + answer.len, &packing);
    receipt_packing_append(&packing, document, PUBLISHED, &published);
    receipt_packing_append(&packing, document, ANSWER, &answer);
    bson_destroy(&published);
    bson_destroy(&answer);
}

void receipts_append(bson_t *document, const struct receipt *receipt, bool packed)
{
    (void)BSON_APPEND_BINARY(document, "_id", BSON_SUBTYPE_BINARY, receipt->id, RECEIPT_ID);
    (void)BSON_APPEND_BINARY(document, "fingerprint", BSON_SUBTYPE_BINARY, receipt->fingerprint,
                             RECEIPT_ID);
    (void)BSON_APPEND_INT32(document, "status", receipt->status);
    if (packed) {
        append_packed(document, receipt);
    } else {
        append_answer(document, receipt);
        append_published(document, receipt);
    }
    bson_one_or_texts(document, "about", receipt->about, receipt->n_about);
    (void)BSON_APPEND_DATE_TIME(document, "expires", receipt->at + RECEIPT_DAYS * DAY_MS);
}

static void read_hash(const bson_iter_t *at, uint8_t ret_hash[RECEIPT_ID])
{
    uint32_t length = 0;
    const uint8_t *bytes = NULL;
    if (BSON_ITER_HOLDS_BINARY(at))
        bson_iter_binary(at, NULL, &length, &bytes);
    if (length == RECEIPT_ID)
        memcpy(ret_hash, bytes, RECEIPT_ID);
}

static const char *read_text(const bson_iter_t *at)
{
    return BSON_ITER_HOLDS_UTF8(at) ? bson_iter_utf8(at, NULL) : NULL;
}

static struct outgoing read_one_outgoing(bson_iter_t *at)
{
    struct outgoing outgoing = {.sequence = -1};
    while (bson_iter_next(at)) {
        const char *name = bson_iter_key(at);
        if (strcmp(name, "topic") == 0)
            outgoing.topic = read_text(at);
        else if (strcmp(name, "key") == 0)
            outgoing.key = read_text(at);
        else if (strcmp(name, "type") == 0)
            outgoing.type = read_text(at);
        else if (strcmp(name, "id") == 0)
            outgoing.id = read_text(at);
        else if (strcmp(name, "body") == 0)
            outgoing.body = read_text(at);
        else if (strcmp(name, "sequence") == 0)
            outgoing.sequence = bson_iter_as_int64(at);
    }
    return outgoing;
}

static void read_outgoing(const bson_iter_t *list, const void *arena, struct receipt *receipt)
{
    bson_iter_t at, one;
    if (!BSON_ITER_HOLDS_ARRAY(list) || !bson_iter_recurse(list, &at))
        return;
    while (bson_iter_next(&at)) {
        if (!bson_iter_recurse(&at, &one))
            continue;
        receipt->outgoing =
            mem_grow(arena, receipt->outgoing, struct outgoing, receipt->n_outgoing + 1);
        receipt->outgoing[receipt->n_outgoing++] = read_one_outgoing(&one);
    }
}

static void add_about(const bson_iter_t *at, const void *arena, struct receipt *receipt)
{
    receipt->about = mem_grow(arena, receipt->about, const char *, receipt->n_about + 1);
    receipt->about[receipt->n_about++] = bson_iter_utf8(at, NULL);
}

static void read_about(const bson_iter_t *member, const void *arena, struct receipt *receipt)
{
    bson_iter_t at;
    if (BSON_ITER_HOLDS_UTF8(member))
        add_about(member, arena, receipt);
    else if (BSON_ITER_HOLDS_ARRAY(member) && bson_iter_recurse(member, &at))
        while (bson_iter_next(&at))
            if (BSON_ITER_HOLDS_UTF8(&at))
                add_about(&at, arena, receipt);
}

static void read_text_member(const bson_iter_t *at, const void *arena, struct receipt *receipt)
{
    const char *name = bson_iter_key(at);
    if (strcmp(name, "body") == 0)
        receipt->body = read_text(at);
    else if (strcmp(name, "etag") == 0)
        receipt->etag = read_text(at);
    else if (strcmp(name, "location") == 0)
        receipt->location = read_text(at);
    else if (strcmp(name, "stock") == 0)
        receipt->stock = read_text(at);
    else if (strcmp(name, "outgoing") == 0)
        read_outgoing(at, arena, receipt);
}

static void read_member(const bson_iter_t *at, const void *arena, struct receipt *receipt)
{
    const char *name = bson_iter_key(at);
    if (strcmp(name, "_id") == 0)
        read_hash(at, receipt->id);
    else if (strcmp(name, "fingerprint") == 0)
        read_hash(at, receipt->fingerprint);
    else if (strcmp(name, "status") == 0)
        receipt->status = (int)bson_iter_as_int64(at);
    else if (strcmp(name, "about") == 0)
        read_about(at, arena, receipt);
    else if (strcmp(name, "expires") == 0)
        receipt->at = bson_iter_date_time(at) - RECEIPT_DAYS * DAY_MS;
    else
        read_text_member(at, arena, receipt);
}

/* Whether the member is not there, or was unpacked. */
static bool read_packed(const bson_t *document, const char *name, const void *arena,
                        struct receipt_packing *packing, struct receipt *receipt)
{
    bson_iter_t member, at;
    bson_t content;
    if (!bson_iter_init_find(&member, document, name))
        return true;
    if (!receipt_packing_read(packing, &member, &content) || !bson_iter_init(&at, &content))
        return false;
    while (bson_iter_next(&at))
        read_text_member(&at, arena, receipt);
    return true;
}

/* Text is not copied: the document itself lies in the arena. */
struct receipt *receipts_read(const void *arena, const bson_t *document)
{
    const uint8_t *bytes = mem_dup(arena, bson_get_data(document), document->len);
    struct receipt *receipt = mem_new(arena, struct receipt);
    struct receipt_packing packing;
    bson_iter_t at;
    if (bson_iter_init_from_data(&at, bytes, document->len))
        while (bson_iter_next(&at))
            read_member(&at, arena, receipt);
    if (!bson_has_field(document, PUBLISHED))
        return receipt;
    receipt_packing_begin_reading(arena, receipt->id, &packing);
    return read_packed(document, PUBLISHED, arena, &packing, receipt) &&
                   read_packed(document, ANSWER, arena, &packing, receipt)
               ? receipt
               : NULL;
}

struct slot {
    const uint8_t *id;
    size_t index;
};

static int compare_slots(const void *a, const void *b)
{
    return memcmp(((const struct slot *)a)->id, ((const struct slot *)b)->id, RECEIPT_ID);
}

struct by_id {
    const void *arena;
    struct slot *slots;
    size_t n;
    struct receipt **receipts;
    bool broken;
};

static bool put_by_id(void *context, const bson_t *document)
{
    struct by_id *to = context;
    struct receipt *receipt = receipts_read(to->arena, document);
    to->broken = receipt == NULL;
    if (to->broken)
        return false;
    struct slot wanted = {.id = receipt->id};
    struct slot *found = bsearch(&wanted, to->slots, to->n, sizeof wanted, compare_slots);
    while (found > to->slots && compare_slots(found - 1, &wanted) == 0)
        found--;
    for (; found != NULL && found < to->slots + to->n && compare_slots(found, &wanted) == 0;
         found++)
        to->receipts[found->index] = receipt;
    return true;
}

static void append_ids(bson_t *filter, const uint8_t (*ids)[RECEIPT_ID], size_t n)
{
    bson_t in, list;
    char room[16];
    const char *key;
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &in);
    (void)BSON_APPEND_ARRAY_BEGIN(&in, "$in", &list);
    for (size_t i = 0; i < n; i++) {
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_binary(&list, key, -1, BSON_SUBTYPE_BINARY, ids[i], RECEIPT_ID);
    }
    (void)bson_append_array_end(&in, &list);
    (void)bson_append_document_end(filter, &in);
}

int store_load_receipts(struct store *store, const void *arena, const uint8_t (*ids)[RECEIPT_ID],
                        size_t n, struct receipt **ret_receipts)
{
    if (n == 0)
        return 0;
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct by_id to = {.arena = arena,
                       .slots = mem_array(scratch, struct slot, n),
                       .n = n,
                       .receipts = mem_array(scratch, struct receipt *, n)};
    for (size_t i = 0; i < n; i++)
        to.slots[i] = (struct slot){.id = ids[i], .index = i};
    qsort(to.slots, n, sizeof *to.slots, compare_slots);
    bson_t filter = BSON_INITIALIZER;
    append_ids(&filter, ids, n);
    int r = mongo_find(store, "receipts", &filter, NULL, put_by_id, &to);
    bson_destroy(&filter);
    if (r == 0 && to.broken) {
        bson_set_error(&store->error, MONGOC_ERROR_BSON, BSON_ERROR_INVALID,
                       "a receipt cannot be unpacked");
        r = -EBADMSG;
    }
    if (r == 0)
        memcpy(ret_receipts, to.receipts, n * sizeof(struct receipt *));
    return r;
}
