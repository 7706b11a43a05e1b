/* Messages to people: each handed over, once. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/document.h"

/* A claim is lost after a minute, and nothing begins to be sent more than 20 s after it was asked
 * for: who has the next may hand over so long after the first, at the earliest. */
#define AGAIN_US 30000000
#define HIDDEN UINT64_MAX /* by nobody who would hear of it */

static uint64_t key_of(const char *id, int64_t resends)
{
    return table_hash((uint64_t)resends + 1, id, strlen(id));
}

static bool lives(uint64_t serial)
{
    for (const struct node *at = world->nodes; at != NULL; at = at->next)
        if (at->serial == serial && !at->dead)
            return true;
    return false;
}

/* Its report may not have come through in time. */
static bool was_hindered(const struct simulation *simulation, int64_t since)
{
    return world->now - since > AGAIN_US && simulation->checker.hindered_at >= since;
}

/* Who stands still, or has another time, cannot know that its claim was given to another. */
static bool is_excused(const struct simulation *simulation, const struct table_row *last)
{
    const bool *on = simulation->faults.on;
    return last->hash == HIDDEN || !lives(last->hash) || was_hindered(simulation, last->number) ||
           on[FAULT_STOP] || on[FAULT_CLOCKS] || simulation->checker.set_back_at >= 0 ||
           simulation->checker.recreated_at >= 0;
}

static void take(void *context, const struct delivery_payload *order, bool hidden)
{
    struct simulation *simulation = context;
    struct checker *checker = &simulation->checker;
    bool first;
    struct table_row *row = table_row(&checker->mailed, key_of(order->id, order->resends), &first);
    if (!first && !is_excused(simulation, row))
        violation(simulation, "G", "%s is sent again after %" PRId64 " ms", order->id,
                  (world->now - row->number) / 1000);
    row->number = world->now;
    row->hash = hidden ? HIDDEN : world_node()->serial;
    checker->mails++;
    checker->mails_again += !first;
}

void checker_mail_open(struct simulation *simulation)
{
    (void)simulation;
    mail_server.taken = take;
}

static void check_due(struct simulation *simulation, const bson_t *delivery)
{
    int64_t now_ms = world_wall_us(NULL) / 1000;
    bson_iter_t at;
    if (bson_iter_init_find(&at, delivery, "due_at") && BSON_ITER_HOLDS_DATE_TIME(&at) &&
        bson_iter_date_time(&at) < now_ms - OVERDUE_MS)
        violation(simulation, "G", "%s still waits %" PRId64 " ms after its time",
                  document_text(delivery, "_id"), now_ms - bson_iter_date_time(&at));
}

static void check_delivery(struct simulation *simulation, const bson_t *delivery)
{
    const char *id = document_text(delivery, "_id");
    const uint64_t key = key_of(id, document_number(delivery, "resends"));
    check_due(simulation, delivery);
    if (strcmp(document_text(delivery, "status"), "sent") == 0 &&
        table_find(&simulation->checker.mailed, key) == NULL)
        violation(simulation, "G", "%s is said to be sent, and was not", id);
}

void checker_mail_rest(struct simulation *simulation)
{
    void *arena = talloc_new(NULL);
    struct document *found;
    if (simulation->faults.on[FAULT_MAIL]) {
        size_t n = checker_read_all(simulation, "deliveries", arena, &found);
        for (size_t i = 0; i < n; i++) {
            bson_t delivery;
            if (bson_init_static(&delivery, found[i].bytes, found[i].n))
                check_delivery(simulation, &delivery);
        }
    }
    talloc_free(arena);
}
