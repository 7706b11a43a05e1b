/* meters: what the writer's metrics show: commands by type and outcome, batches, commits, what
 * waits and for how long, and the clock.
 *
 * The writer's thread counts, and the loop's reads. NULL meters count nothing. Times are ms unless
 * named otherwise. */
#pragma once

#include "db-svc/writer/input.h"
#include "libshared/service/metrics.h"

struct meters;

/* Lives in `arena`, for as long as the metrics. */
struct meters *meters_new(const void *arena, struct metrics *metrics);

/* A batch that is committed, or had nothing to write. */
void meters_batch(struct meters *meters, const struct input *inputs, size_t n);
void meters_commit(struct meters *meters, int64_t duration_us);
/* How many messages of a topic (of topics_commands) are not answered yet. */
void meters_lag(struct meters *meters, int topic, int64_t messages);
/* For how long the oldest of them has been there; 0: there is none. */
void meters_oldest(struct meters *meters, int64_t age_ms);
/* A message that the broker dated `broker_ms` was read at `now_ms`, both wall clock. */
void meters_clock(struct meters *meters, int64_t broker_ms, int64_t now_ms);
