/* The packed texts of receipts: as they were when unpacked, small, and never read past their end.
 */
#include "tests/support/check_main.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/store/receipt_packing.h"
#include "db-svc/store/receipts.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "tests/support/ids.h"

static const uint8_t id[RECEIPT_ID] = {7};

static bson_t *packed_of(const bson_t *before, const bson_t *content)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct receipt_packing packing;
    bson_t *document = bson_new();
    receipt_packing_begin(arena, id, before->len + content->len, &packing);
    receipt_packing_append(&packing, document, "before", before);
    receipt_packing_append(&packing, document, "packed", content);
    return document;
}

static bool unpack(void *arena, const bson_t *document, bson_t *ret_content)
{
    struct receipt_packing packing;
    bson_iter_t at;
    bson_t before;
    receipt_packing_begin_reading(arena, id, &packing);
    ck_assert(bson_iter_init_find(&at, document, "before"));
    ck_assert(receipt_packing_read(&packing, &at, &before));
    ck_assert(bson_iter_init_find(&at, document, "packed"));
    return receipt_packing_read(&packing, &at, ret_content);
}

START_TEST(what_is_packed_is_unpacked_as_it_was)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    static const size_t sizes[] = {0, 1, 15, 400, 70000, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = mem_zeroed(arena, sizes[i] + 1);
        randombytes_buf(bytes, sizes[i]);
        bson_t content = BSON_INITIALIZER, again;
        (void)BSON_APPEND_BINARY(&content, "x", BSON_SUBTYPE_BINARY, bytes, (uint32_t)sizes[i]);
        bson_t *document = packed_of(&content, &content);
        ck_assert(unpack(arena, document, &again));
        ck_assert(bson_equal(&content, &again));
        bson_destroy(document);
        bson_destroy(&content);
    }
}
END_TEST

/* A document with other bytes in the place of what is packed. */
static bson_t *with_packed(const bson_t *document, const uint8_t *bytes, uint32_t n)
{
    bson_t *broken = bson_new();
    bson_copy_to_excluding_noinit(document, broken, "packed", NULL);
    (void)BSON_APPEND_BINARY(broken, "packed", BSON_SUBTYPE_BINARY, bytes, n);
    return broken;
}

START_TEST(what_is_broken_is_not_unpacked)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    bson_t *content = BCON_NEW("body", BCON_UTF8("{\"status\":\"paid\"}")), again;
    bson_t *before = BCON_NEW("stock", BCON_UTF8("[]"));
    bson_t *document = packed_of(before, content);
    bson_iter_t at;
    uint32_t length;
    const uint8_t *bytes;
    ck_assert(bson_iter_init_find(&at, document, "packed"));
    bson_iter_binary(&at, NULL, &length, &bytes);
    for (uint32_t cut = 0; cut < length; cut++) {
        bson_t *broken = with_packed(document, bytes, cut);
        ck_assert(!unpack(arena, broken, &again));
        bson_destroy(broken);
    }
    for (uint32_t i = 0; i < length; i++) { /* must be borne, whatever comes of it */
        uint8_t *changed = mem_dup(arena, bytes, length);
        changed[i] ^= 0xff;
        bson_t *broken = with_packed(document, changed, length);
        (void)unpack(arena, broken, &again);
        bson_destroy(broken);
    }
    bson_destroy(document);
    bson_destroy(before);
    bson_destroy(content);
}
END_TEST

/* Receipts that were written stay readable only as long as it is the same. */
START_TEST(the_dictionary_never_changes)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char text[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const uint8_t *)receipt_dictionary, receipt_dictionary_size);
    text_hex(text, hash, sizeof hash);
    ck_assert_str_eq(text, "f71b82ab5b3c5e6beffbfcee7d966a193de6d407815e59fe84d8153f1d41fe37");
}
END_TEST

static const char sale[] =
    "{\"buyer\":{\"email\":\"ada@example.org\",\"name\":\"Ada Lovelace\"},"
    "\"created_at\":\"2026-05-01T18:02:00.000Z\",\"event_id\":\"" EVENT_ID "\",\"id\":\"" ORDER_ID
    "\",\"items\":[{\"amount\":{\"amount\":2500,\"currency\":\"EUR\"},\"quantity\":1,"
    "\"ticket_type_id\":\"" GENERAL_ID "\",\"unit_price\":{\"amount\":2500,\"currency\":\"EUR\"}}],"
    "\"paid\":{\"amount\":2500,\"currency\":\"EUR\"},\"refund_due\":{\"amount\":0,\"currency\":"
    "\"EUR\"},\"refunded\":{\"amount\":0,\"currency\":\"EUR\"},\"status\":\"paid\",\"tickets\":[{"
    "\"code\":\"59gv8qb4j9ywkc040xfz1ebm9e\",\"signature\":\"k37pPZYWJxoDVF76S6uQ21Zn9nrsRArlODBZI"
    "0J6ISto5aNhIAyP-kImC9PX0YuVr-bUwqvwsqQhk0p7Ia3vDQ\",\"status\":\"valid\",\"ticket_type_id\":"
    "\"" GENERAL_ID "\"}],\"total\":{\"amount\":2500,\"currency\":\"EUR\"},"
    "\"updated_at\":\"2026-05-01T18:02:00.000Z\",\"version\":1}";
static const char stock[] = "[{\"capacity\":1000,\"epoch\":1,\"held\":0,\"rev\":18,\"sold\":17,"
                            "\"ticket_type_id\":\"" GENERAL_ID "\"}]";

START_TEST(the_receipt_of_a_sale_takes_a_third_of_its_texts)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct receipt receipt = {.status = 201,
                              .body = sale,
                              .etag = "\"1\"",
                              .location = "/v1/events/" EVENT_ID "/orders/" ORDER_ID,
                              .stock = stock};
    char hex[2 * RECEIPT_ID + 1];
    const char *about[] = {ORDER_ID};
    randombytes_buf(receipt.id, sizeof receipt.id);
    text_hex(hex, receipt.id, RECEIPT_ID);
    struct outgoing fact = {
        .topic = "tickets.facts",
        .key = EVENT_ID,
        .type = "order.placed",
        .id = mem_printf(arena, "%s/0", hex),
        .sequence = 1777658520000001,
        .body = mem_printf(arena,
                           "{\"epoch\":1,\"event_id\":\"" EVENT_ID "\",\"items\":[{\"quantity\":1,"
                           "\"ticket_type_id\":\"" GENERAL_ID "\"}],\"order_id\":\"" ORDER_ID
                           "\",\"status\":\"paid\",\"total\":{\"amount\":2500,\"currency\":"
                           "\"EUR\"},\"stock\":%s}",
                           stock)};
    receipt.outgoing = &fact;
    receipt.n_outgoing = 1;
    receipt.about = about;
    receipt.n_about = 1;
    bson_t whole = BSON_INITIALIZER, packed = BSON_INITIALIZER;
    receipts_append(&whole, &receipt, false);
    receipts_append(&packed, &receipt, true);
    ck_assert_uint_gt(whole.len, 1600);
    ck_assert_uint_lt(packed.len, 750);

    const struct receipt *again = receipts_read(arena, &packed);
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(again->body, receipt.body);
    ck_assert_str_eq(again->location, receipt.location);
    ck_assert_str_eq(again->stock, receipt.stock);
    ck_assert_uint_eq(again->n_outgoing, 1);
    ck_assert_str_eq(again->outgoing[0].id, fact.id);
    ck_assert_str_eq(again->outgoing[0].body, fact.body);
    ck_assert_int_eq(again->outgoing[0].sequence, fact.sequence);
    bson_destroy(&whole);
    bson_destroy(&packed);
}
END_TEST

CHECK_MAIN("receipt_packing", what_is_packed_is_unpacked_as_it_was, what_is_broken_is_not_unpacked,
           the_dictionary_never_changes, the_receipt_of_a_sale_takes_a_third_of_its_texts)
