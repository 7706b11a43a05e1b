/* latencies: how long each of many took, and what is said of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct latencies {
    void *arena;
    uint32_t *us;
    size_t n;
};

void latencies_add(struct latencies *latencies, int64_t us);
/* Members of a JSON object: seconds, per_second, p50_ms, p99_ms, and the processor time of this
 * process, cpu_us. */
void latencies_print(struct latencies *latencies, int64_t elapsed_us);
