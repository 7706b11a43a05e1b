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

/* A member that is replaced may hold the same: then both are compared as they are shown. */
static bool differs(const struct field *field, const struct order *was, const struct order *is)
{
    const char *one = (const char *)was + field->offset, *other = (const char *)is + field->offset;
    if (memcmp(one, other, field->size) == 0)
        return false;
    if (field->kind->is_set != NULL && field->kind->is_set(one) != field->kind->is_set(other))
        return true;
    json_t *shown = record_member_json(field, was), *now = record_member_json(field, is);
    const bool same = json_equal(shown, now) != 0;
    json_decref(shown);
    json_decref(now);
    return !same;
}

static struct texts changed_members(struct decision *decision, const struct order *was,
                                    const struct order *is)
{
    struct texts changed = {.at =
                                mem_array(decision_arena(decision), const char *, order_record.n)};
    for (size_t i = 0; i < order_record.n; i++)
        if (is_counted(&order_record.fields[i]) && differs(&order_record.fields[i], was, is))
            changed.at[changed.n++] = order_record.fields[i].name;
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
