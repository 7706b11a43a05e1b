/* What a record is found by: no more entries of an index than it needs. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/collection.h"
#include "db-svc/store/search_match.h"
#include "db-svc/store/search_terms.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"

static const char *texts_at(const void *arena, const bson_t *document, const char *member)
{
    const char *all = "";
    bson_iter_t at, item;
    if (!bson_iter_init_find(&at, document, member))
        return all;
    if (BSON_ITER_HOLDS_UTF8(&at))
        return mem_strdup(arena, bson_iter_utf8(&at, NULL));
    ck_assert(bson_iter_recurse(&at, &item));
    while (bson_iter_next(&item))
        all =
            mem_printf(arena, "%s%s%s", all, *all == '\0' ? "" : " ", bson_iter_utf8(&item, NULL));
    return all;
}

static void ck_searched_by(struct person *buyer, const char *terms)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct order_item item = {.ticket_type_id = "tkttype_01jz3w4v9he8qb2m5x7k6d0c1z",
                              .quantity = 1};
    struct order order = {.id = "order_01jz3w4v9he8qb2m5x7k6d0c1z",
                          .event_id = "event_01jz3w4v9he8qb2m5x7k6d0c1z",
                          .status = ORDER_PAID,
                          .buyer = buyer,
                          .items = {.at = &item, .n = 1}};
    bson_t document = BSON_INITIALIZER;
    search_terms_append(&document, &collection_orders, &order, arena);
    ck_assert_str_eq(texts_at(arena, &document, SEARCH_MEMBER), terms);
    bson_destroy(&document);
}

START_TEST(a_paid_order_is_searched_by_its_buyer_alone)
{
    ck_searched_by(NULL, "");
    ck_searched_by(&(struct person){.name = "Ada Lovelace", .email = "ada@example.org"},
                   "email:ada@example.org q:ad q:ada lov q:lo q:lovel");
    ck_searched_by(&(struct person){.name = "Ada Lovelace",
                                    .email = "lovelace@example.org",
                                    .phone = "+34600123456"},
                   "email:lovelace@example.org phone_end:123456 q:ad q:ada lov q:lo q:lovel");
}
END_TEST

START_TEST(two_words_of_one_person_are_searched_together)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    ck_searched_by(&(struct person){.name = "Li Nuño Ax"},
                   "q:ax q:li q:nu"); /* too short for a pair */
    ck_assert_str_eq(search_terms_of_names(arena, "lovel ada"), "q:ada lov");
    ck_assert_str_eq(search_terms_of_names(arena, "ada king lovelace"), "q:kin lov");
    ck_assert_str_eq(search_terms_of_names(arena, "maria martin"), "q:mar mar");
    ck_assert_str_eq(search_terms_of_names(arena, "ana anabel"), "q:anabe"); /* it may be one */
    ck_assert_str_eq(search_terms_of_names(arena, "ad lovelace"), "q:lovel");
    ck_assert_str_eq(search_terms_of_names(arena, "lovelace ada@example.org"), "q:lovel");
    ck_assert_str_eq(search_terms_of_names(arena, "600 123 456"), "phone_end:123456");
    ck_assert_ptr_null(search_terms_of_names(arena, "a b"));
}
END_TEST

START_TEST(a_document_is_passed_over_by_its_terms)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *terms[SEARCH_WORDS_MAX];
    const size_t n = search_terms_needed(arena, "lovelace ada x", terms);
    bson_t document = BSON_INITIALIZER, other = BSON_INITIALIZER, older = BSON_INITIALIZER;
    search_terms_append(
        &document, &collection_orders,
        &(struct order){.status = ORDER_PAID, .buyer = &(struct person){.name = "Ada Lovelady"}},
        arena);
    search_terms_append(
        &other, &collection_orders,
        &(struct order){.status = ORDER_PAID, .buyer = &(struct person){.name = "Ada King"}},
        arena);
    ck_assert_uint_eq(n, 2);
    ck_assert(search_terms_has(&document, SEARCH_MEMBER, terms, n));
    ck_assert(!search_terms_has(&other, SEARCH_MEMBER, terms, n));
    ck_assert(search_terms_has(&other, SEARCH_MEMBER, terms, 0));
    ck_assert(
        search_terms_has(&older, SEARCH_MEMBER, terms, n)); /* of a release without such terms */
    ck_assert_uint_eq(search_terms_needed(arena, "600 123 456", terms), 0);
    bson_destroy(&document);
    bson_destroy(&other);
    bson_destroy(&older);
}
END_TEST

START_TEST(a_person_of_an_event_is_passed_over_by_its_terms)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *terms[SEARCH_WORDS_MAX];
    const size_t n = search_terms_needed(arena, "person 49999", terms);
    bson_t document = BSON_INITIALIZER, other = BSON_INITIALIZER;
    search_terms_append(&document, &collection_attendees,
                        &(struct attendee){.name = "Person 49999", .email = "p@example.org"},
                        arena);
    search_terms_append(&other, &collection_attendees,
                        &(struct attendee){.name = "Person 49998", .email = "q@example.org"},
                        arena);
    ck_assert(search_terms_has(&document, TERMS_MEMBER, terms, n));
    ck_assert(!search_terms_has(&other, TERMS_MEMBER, terms, n));
    bson_destroy(&document);
    bson_destroy(&other);
}
END_TEST

static bool finds(const struct order *order, const char *q)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    return search_match(&collection_orders, order, arena, q);
}

START_TEST(words_are_of_one_person_and_addresses_of_any)
{
    struct person buyer = {.name = "Ana Lopez", .email = "al@example.org"};
    struct ticket_holder holder = {.name = "Eva Perez", .email = "eva@example.com"};
    struct ticket ticket = {.code = "c1", .status = TICKET_VALID, .attendee = &holder};
    const struct order order = {.id = "order_01jz3w4v9he8qb2m5x7k6d0c1z",
                                .status = ORDER_PAID,
                                .buyer = &buyer,
                                .tickets = {.at = &ticket, .n = 1}};
    ck_assert(finds(&order, "lop ana"));
    ck_assert(finds(&order, "perez eva"));
    ck_assert(finds(&order, "ana lopez al"));
    ck_assert(finds(&order, "ana lopez eva@example.com"));
    ck_assert(finds(&order, "eva@ al@"));
    ck_assert(!finds(&order, "ana perez"));
    ck_assert(!finds(&order, "ana lopez eve@"));
}
END_TEST

START_TEST(an_address_is_found_by_the_beginning_of_what_stands_before_its_host)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    ck_searched_by(&(struct person){.email = "x@example.org"}, "email:x@example.org q:x@ q:x@exa");
    ck_assert_str_eq(search_terms_of_q(arena, "x@example.org"), "q:x@exa");
    ck_assert_str_eq(search_terms_of_q(arena, "x@e"), "q:x@");
    ck_assert_str_eq(search_terms_of_q(arena, "ada@example.org"), "q:ad");
    ck_assert_str_eq(search_terms_of_q(arena, "lovelace@ex"), "q:lovel");
}
END_TEST

/* What many have in common mostly comes first, in names as in what a test makes up. */
START_TEST(of_words_as_long_the_last_narrows_down_most)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(search_terms_of_q(arena, "person 49999"), "q:49999");
    ck_assert_str_eq(search_terms_of_q(arena, "maria gonzalez"), "q:gonza");
    ck_assert_str_eq(search_terms_of_q(arena, "maria li"), "q:maria");
}
END_TEST

CHECK_MAIN("search_terms", a_paid_order_is_searched_by_its_buyer_alone,
           two_words_of_one_person_are_searched_together,
           words_are_of_one_person_and_addresses_of_any, a_document_is_passed_over_by_its_terms,
           a_person_of_an_event_is_passed_over_by_its_terms,
           an_address_is_found_by_the_beginning_of_what_stands_before_its_host,
           of_words_as_long_the_last_narrows_down_most)
