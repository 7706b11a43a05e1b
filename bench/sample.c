#include "bench/sample.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#include "db-svc/rules/event_time.h"
#include "libshared/base/clock.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/fact.h"

#define CODE_BYTES 16
#define SIGNATURE_BYTES 43 /* 86 characters, as a ticket's has */

const char *sample_id(const void *arena, const char *prefix)
{
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(arena, ID_SIZE);
    randombytes_buf(random, sizeof random);
    id_make(id, prefix, clock_wall_ms(), random);
    return id;
}

static const char *new_text(const void *arena, size_t bytes)
{
    uint8_t random[SIGNATURE_BYTES];
    char *text = mem_zeroed(arena, 2 * bytes + 1);
    randombytes_buf(random, bytes);
    text_hex(text, random, bytes);
    return text;
}

static const char *text_of(const void *arena, const struct record *record, const void *members)
{
    return record_text(arena, record, members);
}

struct event *sample_event(const void *arena, const char *name, int64_t starts_at)
{
    struct event *event = mem_new(arena, struct event);
    *event = (struct event){.id = sample_id(arena, EVENT_PREFIX),
                            .version = 2,
                            .rev = 2,
                            .created_at = clock_wall_ms(),
                            .updated_at = clock_wall_ms(),
                            .name = name,
                            .time_zone = "Europe/Madrid",
                            .location = "Here",
                            .category = "concert",
                            .currency = "EUR",
                            .starts_at = starts_at,
                            .status = EVENT_PUBLISHED};
    event->over_at = (struct opt_time){true, event_time_end(event)};
    event->day_begins_at = (struct opt_time){true, event_time_day_begin(event)};
    event->day_ends_at = (struct opt_time){true, event_time_day_end(event)};
    return event;
}

struct ticket_type *sample_ticket_type(const void *arena, const char *event_id)
{
    struct ticket_type *type = mem_new(arena, struct ticket_type);
    *type = (struct ticket_type){.id = sample_id(arena, TICKET_TYPE_PREFIX),
                                 .version = 1,
                                 .rev = 1,
                                 .created_at = clock_wall_ms(),
                                 .updated_at = clock_wall_ms(),
                                 .event_id = event_id,
                                 .type = "general",
                                 .name = "General",
                                 .price = {.amount = 2500, .currency = "EUR"},
                                 .capacity = 1000};
    return type;
}

struct stock *sample_stock(const void *arena, const struct ticket_type *type)
{
    struct stock *stock = mem_new(arena, struct stock);
    *stock = (struct stock){.id = type->id,
                            .version = 1,
                            .rev = 1,
                            .created_at = type->created_at,
                            .updated_at = type->updated_at,
                            .event_id = type->event_id,
                            .capacity = type->capacity};
    return stock;
}

struct order *sample_order(const void *arena, const char *event_id, const char *ticket_type_id,
                           const char *buyer)
{
    const struct money price = {.amount = 2500, .currency = "EUR"};
    struct order *order = mem_new(arena, struct order);
    struct order_item *item = mem_new(arena, struct order_item);
    struct person *person = mem_new(arena, struct person);
    struct ticket *ticket = mem_new(arena, struct ticket);
    const char *name = buyer != NULL ? buyer : "ada";
    *item = (struct order_item){
        .ticket_type_id = ticket_type_id, .quantity = 1, .unit_price = price, .amount = price};
    *person =
        (struct person){.name = "Ada Lovelace", .email = mem_printf(arena, "%s@example.org", name)};
    *ticket = (struct ticket){.code = new_text(arena, CODE_BYTES),
                              .signature = new_text(arena, SIGNATURE_BYTES),
                              .ticket_type_id = ticket_type_id,
                              .status = TICKET_VALID};
    *order = (struct order){.id = sample_id(arena, ORDER_PREFIX),
                            .version = 1,
                            .rev = 1,
                            .created_at = clock_wall_ms(),
                            .updated_at = clock_wall_ms(),
                            .event_id = event_id,
                            .items = {.at = item, .n = 1},
                            .buyer = person,
                            .total = price,
                            .status = ORDER_PAID,
                            .tickets = {.at = ticket, .n = 1}};
    return order;
}

static struct receipt *new_receipt(const void *arena, int status, const char *body)
{
    struct receipt *receipt = mem_new(arena, struct receipt);
    *receipt =
        (struct receipt){.status = status, .body = body, .etag = "\"1\"", .at = clock_wall_ms()};
    randombytes_buf(receipt->id, sizeof receipt->id);
    randombytes_buf(receipt->fingerprint, sizeof receipt->fingerprint);
    return receipt;
}

struct receipt *sample_sale_receipt(const void *arena, const struct order *order,
                                    const struct stock *stock, int64_t sequence)
{
    struct receipt *receipt = new_receipt(arena, 201, text_of(arena, &order_record, order));
    struct outgoing *fact = mem_new(arena, struct outgoing);
    receipt->about = mem_array(arena, const char *, 1);
    receipt->about[receipt->n_about++] = order->id;
    receipt->location = mem_printf(arena, "/v1/events/%s/orders/%s", order->event_id, order->id);
    receipt->stock = mem_printf(arena,
                                "[{\"ticket_type_id\":\"%s\",\"capacity\":%" PRId64
                                ",\"sold\":%" PRId64 ",\"held\":0,\"rev\":%" PRId64 "}]",
                                stock->id, stock->capacity, stock->sold, stock->rev);
    *fact = (struct outgoing){
        .topic = "tickets.facts",
        .key = order->event_id,
        .type = "order.placed",
        .id = mem_printf(arena, "%s/0", new_text(arena, RECEIPT_ID)),
        .sequence = sequence,
        .body = mem_printf(arena,
                           "{\"event_id\":\"%s\",\"order_id\":\"%s\",\"status\":\"paid\",\"total\":"
                           "{\"amount\":2500,\"currency\":\"EUR\"},\"stock\":%s}",
                           order->event_id, order->id, receipt->stock)};
    receipt->outgoing = fact;
    receipt->n_outgoing = 1;
    return receipt;
}

struct attendee *sample_attendee(const void *arena, const char *event_id, const char *name,
                                 const char *email, const char *phone)
{
    struct attendee *attendee = mem_new(arena, struct attendee);
    struct attendee_origin *origin = mem_new(arena, struct attendee_origin);
    const char *folded = text_fold(arena, email, true);
    *origin = (struct attendee_origin){.command = "attendee.import",
                                       .source = "/rest/anonymous",
                                       .command_id = mem_printf(arena, "%s/0", event_id)};
    *attendee = (struct attendee){.id = sample_id(arena, ATTENDEE_PREFIX),
                                  .version = 1,
                                  .rev = 1,
                                  .created_at = clock_wall_ms(),
                                  .updated_at = clock_wall_ms(),
                                  .event_id = event_id,
                                  .name = name,
                                  .email = email,
                                  .phone = phone,
                                  .status = ATTENDEE_UNCONFIRMED,
                                  .origin = origin,
                                  .email_folded = folded,
                                  .key = mem_printf(arena, "%s/%s", event_id, folded)};
    return attendee;
}

struct receipt *sample_page_receipt(const void *arena, const char *import_id,
                                    struct attendee *const *people, size_t n, int64_t sequence)
{
    struct receipt *receipt = new_receipt(arena, 200, "");
    const char *hash = new_text(arena, RECEIPT_ID);
    receipt->about = mem_array(arena, const char *, n + 1);
    receipt->about[receipt->n_about++] = import_id;
    receipt->outgoing = mem_array(arena, struct outgoing, n);
    for (size_t i = 0; i < n; i++) {
        const struct fact_body fact = {
            .event_id = people[i]->event_id, .attendee_id = people[i]->id, .status = "unconfirmed"};
        receipt->about[receipt->n_about++] = people[i]->id;
        receipt->outgoing[receipt->n_outgoing++] =
            (struct outgoing){.topic = "attendees.facts",
                              .key = people[i]->event_id,
                              .type = "attendee.registered",
                              .id = mem_printf(arena, "%s/%zu", hash, i),
                              .sequence = sequence + (int64_t)i,
                              .body = text_of(arena, &fact_record, &fact)};
    }
    return receipt;
}
