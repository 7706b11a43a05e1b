#include "bench/latencies.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "libshared/base/mem.h"

void latencies_add(struct latencies *latencies, int64_t us)
{
    latencies->us = mem_grow(latencies->arena, latencies->us, uint32_t, latencies->n + 1);
    latencies->us[latencies->n++] = (uint32_t)us;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(const struct latencies *latencies, double share)
{
    if (latencies->n == 0)
        return 0;
    return latencies->us[(size_t)(share * (double)(latencies->n - 1))] / 1000.0;
}

static int64_t cpu_us(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

void latencies_print(struct latencies *latencies, int64_t elapsed_us)
{
    double seconds = (double)elapsed_us / 1e6;
    if (latencies->n > 0)
        qsort(latencies->us, latencies->n, sizeof *latencies->us, by_size);
    printf("\"seconds\": %.6f, \"ok\": %zu, \"per_second\": %.3f, \"p50_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"cpu_us\": %" PRId64,
           seconds, latencies->n, (double)latencies->n / seconds, percentile_ms(latencies, 0.5),
           percentile_ms(latencies, 0.99), cpu_us());
}
