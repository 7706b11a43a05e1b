/* metrics: counters, histograms and gauges in Prometheus text format 0.0.4.
 *
 * All are registered at the start, by one thread, with their labels; several of one name differ in
 * label values. Counting is then one relaxed atomic addition and may be done by any thread; gauges
 * are read and text is made on the loop's thread. Freed with the arena. Durations are microseconds
 * in, seconds out. Names and label names are borrowed for good, label values are copied. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct metrics;
struct metrics_histogram;
struct metrics_route;

struct metrics_counter {
    _Atomic uint64_t value;
};

struct metrics_label {
    const char *name, *value;
};
/* metrics_counter(m, "kafka_replies_dropped_total", "…", METRICS_LABELS({"reason", "late"})) */
#define METRICS_LABELS(...) ((const struct metrics_label[]){__VA_ARGS__ __VA_OPT__(, ){NULL, NULL}})

struct metrics *metrics_new(const void *arena);

struct metrics_counter *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                                        const struct metrics_label *labels);
void metrics_add(struct metrics_counter *counter, uint64_t n);

struct metrics_histogram *metrics_histogram(struct metrics *metrics, const char *name,
                                            const char *help, const struct metrics_label *labels);
void metrics_observe_us(struct metrics_histogram *histogram, int64_t duration_us);
/* The same for numbers of things, from 1 to 500. */
struct metrics_histogram *metrics_sizes(struct metrics *metrics, const char *name, const char *help,
                                        const struct metrics_label *labels);
void metrics_observe_size(struct metrics_histogram *histogram, size_t size);

typedef double metrics_read(void *user);
void metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                   const struct metrics_label *labels, metrics_read *read, void *user);

/* A counter that is kept elsewhere and read when asked for; it only rises. */
void metrics_counted(struct metrics *metrics, const char *name, const char *help,
                     const struct metrics_label *labels, metrics_read *read, void *user);

/* Counters whose labels come up as they go, kept elsewhere: when they are asked for, `list` says
 * each by metrics_row(). */
struct metrics_rows;
typedef void metrics_list(void *user, struct metrics_rows *rows);
void metrics_listed(struct metrics *metrics, const char *name, const char *help, metrics_list *list,
                    void *user);
void metrics_row(struct metrics_rows *rows, const struct metrics_label *labels, uint64_t value);

/* http_requests_total{method,route,status} and http_request_duration_seconds{method,route}. */
struct metrics_route *metrics_route(struct metrics *metrics, const char *method, const char *route);
void metrics_route_done(struct metrics_route *route, int status, int64_t duration_us);

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
/* The whole page, with the process's own (memory, descriptors, CPU, start time), in `arena`. */
char *metrics_text(const struct metrics *metrics, const void *arena);
