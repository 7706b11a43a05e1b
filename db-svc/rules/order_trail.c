#include "db-svc/rules/order_trail.h"

#include <string.h>

#include "libshared/base/mem.h"

static bool is_scan(const char *command)
{
    return strncmp(command, "ticket.check_in", strlen("ticket.check_in")) == 0 ||
           strcmp(command, "ticket.undo_check_in") == 0;
}

static bool is_counted(const struct field *field)
{
    return (field->flags & STORED_ONLY) == 0 && strcmp(field->name, "version") != 0 &&
           strcmp(field->name, "rev") != 0 && strcmp(field->name, "updated_at") != 0;
}

/* As both are shown, once a member is replaced that may hold the same. */
struct shown {
    json_t *was, *is;
};

static bool differs(struct shown *shown, const struct field *field, const struct order *was,
                    const struct order *is)
{
    const char *one = (const char *)was + field->offset, *other = (const char *)is + field->offset;
    if (memcmp(one, other, field->size) == 0)
        return false;
    if (field->kind->is_set != NULL && field->kind->is_set(one) != field->kind->is_set(other))
        return true;
    if (shown->was == NULL) {
        shown->was = record_json(&order_record, was);
        shown->is = record_json(&order_record, is);
    }
    return json_equal(json_object_get(shown->was, field->name),
                      json_object_get(shown->is, field->name)) == 0;
}

static struct texts changed_members(struct decision *decision, const struct order *was,
                                    const struct order *is)
{
    struct texts changed = {.at =
                                mem_array(decision_arena(decision), const char *, order_record.n)};
    struct shown shown = {NULL, NULL};
    for (size_t i = 0; i < order_record.n; i++)
        if (is_counted(&order_record.fields[i]) &&
            differs(&shown, &order_record.fields[i], was, is))
            changed.at[changed.n++] = order_record.fields[i].name;
    json_decref(shown.was);
    json_decref(shown.is);
    return changed;
}

void order_trail_add(struct decision *decision, struct order *order, const struct order *was)
{
    const struct decision_caller caller = decision_caller(decision);
    if (is_scan(caller.command))
        return;
    size_t n = order->trail.n, dropped = n == ORDER_STEPS_MAX ? 1 : 0;
    struct order_step *trail = mem_array(decision_arena(decision), struct order_step, n + 1);
    for (size_t i = 0; i < n; i++)
        if (dropped == 0 || i != 1)
            trail[i > 1 ? i - dropped : i] = order->trail.at[i];
    struct order_step *step = &trail[n - dropped];
    *step = (struct order_step){.at = decision_now(decision),
                                .command = caller.command,
                                .source = caller.source,
                                .command_id = caller.id};
    if (was != NULL)
        step->changed = changed_members(decision, was, order);
    order->trail.at = (void *)trail;
    order->trail.n = n - dropped + 1;
}
