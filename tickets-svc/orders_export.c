#include "tickets-svc/orders_export.h"

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/service/list_export.h"

static const char *const columns[] = {
    "id",       "external_id", "event_id",   "status",     "name",     "email",
    "phone",    "tickets",     "total",      "paid",       "refunded", "refund_due",
    "currency", "payment_ids", "created_at", "updated_at", NULL};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void write_number(struct csv_text *row, json_int_t number)
{
    csv_cell(row, mem_printf(row->arena, "%lld", (long long)number));
}

/* In minor units. */
static void write_amount(struct csv_text *row, const json_t *order, const char *name)
{
    const json_t *amount = json_object_get(json_object_get(order, name), "amount");
    if (amount == NULL)
        csv_cell(row, NULL);
    else
        write_number(row, json_integer_value(amount));
}

static json_int_t quantity_of(const json_t *order)
{
    json_int_t quantity = 0;
    size_t i;
    const json_t *item;
    json_array_foreach (json_object_get(order, "items"), i, item)
        quantity += json_integer_value(json_object_get(item, "quantity"));
    return quantity;
}

/* A payment has an entry for each thing that became of it. */
static bool is_first_of_payment(const json_t *payments, size_t index, const char *id)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(text_of(json_array_get(payments, i), "payment_id"), id))
            return false;
    return true;
}

static const char *payment_ids_of(const void *arena, const json_t *order)
{
    const json_t *payments = json_object_get(order, "payments");
    const char *ids = NULL;
    for (size_t i = 0; i < json_array_size(payments); i++) {
        const char *id = text_of(json_array_get(payments, i), "payment_id");
        if (id != NULL && is_first_of_payment(payments, i, id))
            ids = ids == NULL ? id : mem_printf(arena, "%s %s", ids, id);
    }
    return ids;
}

static void write_cells(struct csv_text *row, const json_t *order)
{
    static const char *const own[] = {"id", "external_id", "event_id", "status", NULL};
    static const char *const buyers[] = {"name", "email", "phone", NULL};
    static const char *const amounts[] = {"total", "paid", "refunded", "refund_due", NULL};
    const json_t *buyer = json_object_get(order, "buyer");
    for (size_t i = 0; own[i] != NULL; i++)
        csv_cell(row, text_of(order, own[i]));
    for (size_t i = 0; buyers[i] != NULL; i++)
        csv_cell(row, text_of(buyer, buyers[i]));
    write_number(row, quantity_of(order));
    for (size_t i = 0; amounts[i] != NULL; i++)
        write_amount(row, order, amounts[i]);
    csv_cell(row, text_of(json_object_get(order, "total"), "currency"));
    csv_cell(row, payment_ids_of(row->arena, order));
    csv_cell(row, text_of(order, "created_at"));
    csv_cell(row, text_of(order, "updated_at"));
}

static const struct list_export orders = {"orders", columns, write_cells, .has_questions = true};

void orders_export(struct facade_call *call, const void *body, size_t size)
{
    list_export(call, body, size, &orders);
}
