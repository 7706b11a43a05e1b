/* The books at rest: stock, orders and what clients were told agree. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/document.h"

struct books {
    struct simulation *simulation;
    struct table sold, held, placed; /* by ticket type; orders by external_id */
};

static void add(struct table *table, const char *key, int64_t n)
{
    bool made;
    table_row(table, table_hash(4, key, strlen(key)), &made)->number += n;
}

static int64_t total(const struct table *table, const char *key)
{
    const struct table_row *row = table_find(table, table_hash(4, key, strlen(key)));
    return row != NULL ? row->number : 0;
}

static void each_of(const bson_t *order, const char *list_name,
                    void (*each)(struct books *books, const bson_t *one), struct books *books)
{
    bson_iter_t list, at;
    bson_t one;
    if (!bson_iter_init_find(&list, order, list_name) || !bson_iter_recurse(&list, &at))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_iter_document(&at, &length, &bytes);
        if (bson_init_static(&one, bytes, length))
            each(books, &one);
    }
}

static void count_ticket(struct books *books, const bson_t *ticket)
{
    bson_iter_t at;
    bool keeps = bson_iter_init_find(&at, ticket, "keeps_place") && bson_iter_as_bool(&at);
    if (strcmp(document_text(ticket, "status"), "void") != 0 || keeps)
        add(&books->sold, document_text(ticket, "ticket_type_id"), 1);
}

static void count_item(struct books *books, const bson_t *item)
{
    add(&books->held, document_text(item, "ticket_type_id"), document_number(item, "quantity"));
}

static void check_overdue(struct books *books, const bson_t *order)
{
    int64_t now_ms = world_wall_us(NULL) / 1000;
    bson_iter_t at;
    if (bson_iter_init_find(&at, order, "expires_at") && BSON_ITER_HOLDS_DATE_TIME(&at) &&
        bson_iter_date_time(&at) < now_ms - OVERDUE_MS)
        violation(books->simulation, "E", "%s is still held %" PRId64 " ms after its end",
                  document_text(order, "_id"), now_ms - bson_iter_date_time(&at));
}

static void count_order(struct books *books, const bson_t *order)
{
    add(&books->placed, document_text(order, "external_id"), 1);
    each_of(order, "tickets", count_ticket, books);
    if (strcmp(document_text(order, "status"), "held") == 0) {
        each_of(order, "items", count_item, books);
        check_overdue(books, order);
    }
}

static void check_counter(struct books *books, const bson_t *stock)
{
    const char *type = document_text(stock, "_id");
    int64_t sold = document_number(stock, "sold"), held = document_number(stock, "held");
    if (sold != total(&books->sold, type) || held != total(&books->held, type))
        violation(books->simulation, "A",
                  "%s says %" PRId64 " sold and %" PRId64 " held, its orders %" PRId64
                  " and %" PRId64,
                  type, sold, held, total(&books->sold, type), total(&books->held, type));
}

static void check_ask(const struct books *books, const struct ask *ask, size_t number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "ask-%zu", number);
    int64_t orders = total(&books->placed, name);
    if (orders > 1)
        violation(books->simulation, "B", "%s has %" PRId64 " orders", name, orders);
    if (ask->undone && orders > 0)
        violation(books->simulation, "F", "%s was certainly not done, and has an order", name);
    if (ask->lost || ask->status == 0 || ask->reuses)
        return;
    if (ask->status == 201 && orders == 0)
        violation(books->simulation, "B", "%s was sold and has no order", name);
    if (ask->status >= 400 && orders > 0)
        violation(books->simulation, "B", "%s was refused with %d and has an order", name,
                  ask->status);
}

static void each_document(struct books *books, const char *collection,
                          void (*each)(struct books *books, const bson_t *document))
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = checker_read_all(books->simulation, collection, arena, &found);
    for (size_t i = 0; i < n; i++) {
        bson_t document;
        if (bson_init_static(&document, found[i].bytes, found[i].n))
            each(books, &document);
    }
    talloc_free(arena);
}

void checker_books(struct simulation *simulation)
{
    struct books books = {.simulation = simulation};
    const struct history *history = &simulation->history;
    each_document(&books, "orders", count_order);
    each_document(&books, "stock", check_counter);
    for (size_t i = 0; i < history->n; i++)
        if (history->asks[i].kind == ASK_PLACE)
            check_ask(&books, &history->asks[i], i);
    table_clear(&books.sold);
    table_clear(&books.held);
    table_clear(&books.placed);
}
