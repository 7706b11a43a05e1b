/* sample: records as the rules would have made them, at no cost of deciding. They live in the
 * arena; ids are new, times are now. */
#pragma once

#include "db-svc/store/store.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

const char *sample_id(const void *arena, const char *prefix);
/* Published, and of years to come. */
struct event *sample_event(const void *arena, const char *name, int64_t starts_at);
struct ticket_type *sample_ticket_type(const void *arena, const char *event_id);
/* Of which nothing is sold. */
struct stock *sample_stock(const void *arena, const struct ticket_type *type);
/* A paid order of one ticket; a NULL `buyer` is always the same person. */
struct order *sample_order(const void *arena, const char *event_id, const char *ticket_type_id,
                           const char *buyer);
/* Of a sale that left that stock, with its fact. */
struct receipt *sample_sale_receipt(const void *arena, const struct order *order,
                                    const struct stock *stock, int64_t sequence);
struct attendee *sample_attendee(const void *arena, const char *event_id, const char *name,
                                 const char *email, const char *phone);
/* Of a page of an import, with a fact a person. */
struct receipt *sample_page_receipt(const void *arena, const char *import_id,
                                    struct attendee *const *people, size_t n, int64_t sequence);
