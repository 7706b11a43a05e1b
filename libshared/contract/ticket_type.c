#include "libshared/contract/ticket_type.h"

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

#define T struct ticket_type
static const struct field fields[] = {
    COMMON_FIELDS(T, TICKET_TYPE_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN),
    FIELD(T, type, .personal = NOT_ERASED, .flags = REQUIRED, .max = 50,
          .summary = "Such as general or vip."),
    FIELD(T, name, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200),
    FIELD(T, price, .flags = REQUIRED),
    FIELD(T, capacity, .flags = REQUIRED, .max = TICKET_TYPE_CAPACITY_MAX),
    FIELD(T, pool, .personal = NOT_ERASED, .min = 1, .max = POOL_NAME_MAX,
          .summary = "The name of a pool of the event, whose capacity it shares."),
    FIELD(T, sold, .flags = READ_ONLY | WIRE_ONLY),
    FIELD(T, held, .flags = READ_ONLY | WIRE_ONLY),
    FIELD(T, available, .flags = READ_ONLY | WIRE_ONLY),
    FIELD(T, sales_start),
    FIELD(T, sales_end),
    FIELD(T, per_order_limit, .min = 1, .max = 100),
    FIELD(T, per_buyer_limit, .min = 1, .max = 1000000),
    FIELD(T, admits, .min = 1, .max = TICKET_TYPE_ADMITS_MAX,
          .summary = "How many people one ticket admits; if absent, one. It stays as it is while "
                     "tickets are sold or on hold."),
};

static void check_sale(const void *members, struct decoder *decoder)
{
    const struct ticket_type *type = members;
    struct path path = {.parent = decoder->path, .name = "sales_end"};
    if (type->sales_start.set && type->sales_end.set && type->sales_end.ms <= type->sales_start.ms)
        violations_add(decoder->violations, &path, VIOLATION_must_be_after);
}

const char *ticket_type_label(const void *arena, const struct ticket_type *type)
{
    int64_t admits = ticket_type_admits(type);
    if (type == NULL || admits == 1)
        return type != NULL ? type->name : NULL;
    return mem_printf(arena, "%s × %lld", type->name, (long long)admits);
}

int64_t ticket_type_admits(const struct ticket_type *type)
{
    return type != NULL && type->admits.set ? type->admits.value : 1;
}

const struct record ticket_type_record =
    RECORD("ticket_type", T, fields, .rules = RULES({"sales_start sales_end", check_sale}));
#undef T

#define T struct stock
static const struct field stock_fields[] = {
    COMMON_FIELDS(T, TICKET_TYPE_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD(T, pool, .personal = NOT_ERASED),
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
};
const struct record stock_record = RECORD("stock", T, stock_fields);
#undef T

#define T struct stock_level
static const struct field level_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX, .flags = REQUIRED),
    FIELD(T, capacity, .flags = REQUIRED),
    FIELD(T, sold, .flags = REQUIRED),
    FIELD(T, held, .flags = REQUIRED),
    FIELD(T, rev, .flags = REQUIRED),
    FIELD(T, epoch, .summary = "The greater epoch counts, whatever the `rev`."),
    FIELD_NESTED(T, pool, pool_level_record, .summary = "The pool that the type is in."),
    FIELD_NESTED(T, left_pool, pool_level_record, .summary = "The pool that the type has left."),
};
const struct record stock_level_record = RECORD("stock_level", T, level_fields);
