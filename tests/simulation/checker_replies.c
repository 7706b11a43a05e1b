/* Replies: of what is kept, in time, the same each time, and to whom has asked. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool was_set_back(const struct simulation *simulation)
{
    const struct checker *checker = &simulation->checker;
    return checker->set_back_at >= 0 && world->now - checker->set_back_at < SET_BACK_US;
}

static int status_of(const struct kept_record *record)
{
    struct bus_header status;
    return message_header(record, "status", &status) ? (int)strtol(status.value, NULL, 10) : 0;
}

static void check_first(struct simulation *simulation, struct ask *ask, int status,
                        const struct bus_header *id)
{
    uint32_t number = (uint32_t)(ask - simulation->history.asks);
    /* Its answer may come from what is gone. */
    ask->lost = was_set_back(simulation) && ask->first_at < simulation->checker.set_back_at;
    if ((status < 300 || status == 504) && !ask->lost && !checker_keeps(simulation, id))
        violation(simulation, "B", "ask %u was answered %d and nothing is in the database", number,
                  status);
    if (status >= 500 && status != 504)
        violation(simulation, "F", "ask %u was answered %d", number, status);
    int64_t age_ms = (world->now - ask->first_at) / 1000;
    if (status == 504 && (ask->timeout_ms < 0 || age_ms < ask->timeout_ms))
        violation(simulation, "F",
                  "ask %u was told after %" PRId64 " ms that its %" PRId64 " ms are over", number,
                  age_ms, ask->timeout_ms);
}

/* An order says who asked for it. */
static void check_own(struct simulation *simulation, const struct ask *ask, int status,
                      const void *body, size_t size)
{
    char own[48];
    int n =
        snprintf(own, sizeof own, "\"external_id\":\"ask-%td\"", ask - simulation->history.asks);
    if (ask->kind == ASK_PLACE && status == 201 && memmem(body, size, own, (size_t)n) == NULL)
        violation(simulation, "F", "ask %td was given another's answer",
                  ask - simulation->history.asks);
}

void checker_answer(struct simulation *simulation, struct ask *ask, int status,
                    const struct bus_header *id, const void *body, size_t size)
{
    simulation->checker.replies++;
    if (ask->lost)
        return;
    if (!ask->answers || ask->sends == 0)
        violation(simulation, "F", "an answer that nobody has asked for");
    uint64_t answer = table_hash((uint64_t)status, body, size);
    if (ask->status == 0) {
        ask->status = status;
        ask->answer = answer;
        ask->answered_at = world->now;
        check_first(simulation, ask, status, id);
        check_own(simulation, ask, status, body, size);
        crowd_told(simulation, ask, status, body, size);
    } else if (ask->answer != answer) {
        violation(simulation, "C", "ask %td (%s) was answered %d, then %d: %.80s",
                  ask - simulation->history.asks, ask->command, ask->status, status,
                  (const char *)body);
    }
}

void checker_see_reply(struct simulation *simulation, const struct kept_record *record)
{
    struct bus_header correlation = {0}, id = {0};
    (void)message_header(record, "kafka_correlationId", &correlation);
    (void)message_header(record, "ce_id", &id);
    struct ask *ask = crowd_find(simulation, correlation.value, correlation.size);
    if (ask != NULL)
        checker_answer(simulation, ask, status_of(record), &id, record->value, record->value_size);
}
