#include "db-svc/writer/meters.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"

#define SKEW_MS 60000 /* the window of which the least difference counts */

enum outcome { DONE, REFUSED, REPEATED, EXPIRED, DEAD_LETTER, OUTCOMES };
static const char *const outcome_names[OUTCOMES] = {"done", "refused", "repeated", "expired",
                                                    "dead_letter"};

struct lag {
    _Atomic int64_t messages;
};

struct meters {
    struct metrics_histogram *batch_commands, *commits;
    _Atomic uint64_t (*commands)[OUTCOMES]; /* by the command's place; the last: unknown types */
    struct lag lags[TOPICS_COMMANDS];
    _Atomic int64_t oldest_ms, skew_ms;
    /* The writer's: */
    int64_t least_ms, window_ends; /* of the skew */
};

/* --- What is read --- */

static void list_commands(void *user, struct metrics_rows *rows)
{
    const struct meters *meters = user;
    for (size_t i = 0; i <= commands_n; i++)
        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            const uint64_t count = atomic_load(&meters->commands[i][outcome]);
            if (count > 0)
                metrics_row(rows,
                            METRICS_LABELS({"type", i < commands_n ? commands[i].type : "unknown"},
                                           {"outcome", outcome_names[outcome]}),
                            count);
        }
}

static double read_lag(void *user)
{
    const struct lag *lag = user;
    return (double)atomic_load(&lag->messages);
}

static double read_oldest(void *user)
{
    const struct meters *meters = user;
    return (double)atomic_load(&meters->oldest_ms) / 1000;
}

static double read_skew(void *user)
{
    const struct meters *meters = user;
    return (double)atomic_load(&meters->skew_ms) / 1000;
}

static void add_gauges(struct meters *meters, struct metrics *metrics)
{
    for (int topic = 0; topic < TOPICS_COMMANDS; topic++)
        metrics_gauge(metrics, "writer_lag",
                      "Messages of the topic, in this process's partitions, that are not answered "
                      "yet.",
                      METRICS_LABELS({"topic", topics_commands[topic]}), read_lag,
                      &meters->lags[topic]);
    metrics_gauge(metrics, "writer_oldest_command_age_seconds",
                  "For how long the oldest of them has waited.", NULL, read_oldest, meters);
    metrics_gauge(metrics, "clock_skew_seconds",
                  "This machine's clock less the broker's, with the shortest way of a message.",
                  NULL, read_skew, meters);
}

struct meters *meters_new(const void *arena, struct metrics *metrics)
{
    struct meters *meters = mem_new(arena, struct meters);
    meters->commands = mem_zeroed(meters, (commands_n + 1) * sizeof *meters->commands);
    meters->batch_commands =
        metrics_sizes(metrics, "writer_batch_commands", "Commands in a batch.", NULL);
    meters->commits = metrics_histogram(metrics, "writer_commit_duration_seconds",
                                        "How long the database took to commit a batch.", NULL);
    metrics_listed(metrics, "commands_total", "Commands by type and outcome.", list_commands,
                   meters);
    add_gauges(meters, metrics);
    return meters;
}

/* --- What is counted --- */

static enum outcome outcome_of(const struct input *input)
{
    if (input->dead != NULL)
        return DEAD_LETTER;
    if (input->receipt->status == problem_status(PROBLEM_expired))
        return EXPIRED;
    if (input->handler != NULL && !input->fresh)
        return REPEATED;
    return input->receipt->status >= 400 ? REFUSED : DONE;
}

void meters_batch(struct meters *meters, const struct input *inputs, size_t n)
{
    if (meters == NULL)
        return;
    metrics_observe_size(meters->batch_commands, n);
    for (size_t i = 0; i < n; i++) {
        const struct input *input = &inputs[i];
        if (input->misplaced || (input->dead == NULL && input->receipt == NULL))
            continue;
        const struct command *command = input->body.command;
        const size_t place = command != NULL ? (size_t)(command - commands) : commands_n;
        (void)atomic_fetch_add(&meters->commands[place][outcome_of(input)], 1);
    }
}

void meters_commit(struct meters *meters, int64_t duration_us)
{
    if (meters != NULL)
        metrics_observe_us(meters->commits, duration_us);
}

void meters_lag(struct meters *meters, int topic, int64_t messages)
{
    if (meters != NULL)
        atomic_store(&meters->lags[topic].messages, messages);
}

void meters_oldest(struct meters *meters, int64_t age_ms)
{
    if (meters != NULL)
        atomic_store(&meters->oldest_ms, age_ms);
}

/* The way of a message only adds to the difference, so that the least is nearest to the truth. */
void meters_clock(struct meters *meters, int64_t broker_ms, int64_t now_ms)
{
    if (meters == NULL || broker_ms < 0)
        return;
    const int64_t difference = now_ms - broker_ms;
    const bool begins = now_ms >= meters->window_ends || now_ms < meters->window_ends - SKEW_MS;
    if (begins)
        meters->window_ends = now_ms + SKEW_MS;
    if (begins || difference < meters->least_ms)
        meters->least_ms = difference;
    atomic_store(&meters->skew_ms, meters->least_ms);
}
