/* The page Prometheus reads, and readiness. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/service/health.h"
#include "libshared/service/metrics.h"

static double seven_and_a_half(void *user)
{
    (void)user;
    return 7.5;
}

#define ck_has(page, line)                                                                         \
    ck_assert_msg(strstr((page), (line)) != NULL, "no %s in\n%s", (line), (page))

static size_t times_in(const char *page, const char *text)
{
    size_t n = 0;
    for (const char *at = page; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

START_TEST(counters_and_gauges_are_shown)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    struct metrics_counter *plain = metrics_counter(metrics, "a_total", "What a is.", NULL);
    struct metrics_counter *late =
        metrics_counter(metrics, "b_total", "b", METRICS_LABELS({"reason", "late"}));
    (void)metrics_counter(metrics, "b_total", "b",
                          METRICS_LABELS({"reason", "a\"b\\c\nd"}, {"x", "y"}));
    metrics_gauge(metrics, "c", "c", NULL, seven_and_a_half, NULL);
    metrics_counted(metrics, "d_total", "d", NULL, seven_and_a_half, NULL);
    metrics_add(plain, 1);
    metrics_add(plain, 41);
    metrics_add(late, 3);
    const char *page = metrics_text(metrics, arena);
    ck_has(page, "# HELP a_total What a is.\n# TYPE a_total counter\na_total 42\n");
    ck_has(page, "# TYPE b_total counter\nb_total{reason=\"late\"} "
                 "3\nb_total{reason=\"a\\\"b\\\\c\\nd\",x=\"y\"} 0\n");
    ck_has(page, "# TYPE c gauge\nc 7.5\n");
    ck_has(page, "# TYPE d_total counter\nd_total 7.5\n");
    ck_assert_uint_eq(times_in(page, "# TYPE b_total"), 1);
}
END_TEST

START_TEST(sizes_have_buckets_of_their_own)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    struct metrics_histogram *sizes = metrics_sizes(metrics, "a", "a", NULL);
    metrics_observe_size(sizes, 1);
    metrics_observe_size(sizes, 7);
    metrics_observe_size(sizes, 5000);
    const char *page = metrics_text(metrics, arena);
    ck_has(page, "# TYPE a histogram\na_bucket{le=\"1\"} 1\n");
    ck_has(page, "a_bucket{le=\"5\"} 1\na_bucket{le=\"10\"} 2\n");
    ck_has(page, "a_bucket{le=\"500\"} 2\na_bucket{le=\"+Inf\"} 3\na_sum 5008\na_count 3\n");
}
END_TEST

START_TEST(names_apart_in_registration_are_together_on_the_page)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    (void)metrics_counter(metrics, "a_total", "a", METRICS_LABELS({"n", "1"}));
    (void)metrics_counter(metrics, "b_total", "b", NULL);
    (void)metrics_counter(metrics, "a_total", "a", METRICS_LABELS({"n", "2"}));
    ck_has(metrics_text(metrics, arena), "a_total{n=\"1\"} 0\na_total{n=\"2\"} 0\n");
}
END_TEST

START_TEST(a_histogram_is_cumulative)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    struct metrics_histogram *h =
        metrics_histogram(metrics, "d_seconds", "d", METRICS_LABELS({"r", "x"}));
    metrics_observe_us(h, 500);
    metrics_observe_us(h, 1000);
    metrics_observe_us(h, 1001);
    metrics_observe_us(h, 90000000);
    const char *page = metrics_text(metrics, arena);
    ck_has(page, "# TYPE d_seconds histogram\n");
    ck_has(page, "d_seconds_bucket{r=\"x\",le=\"0.0005\"} 1\n");
    ck_has(page, "d_seconds_bucket{r=\"x\",le=\"0.001\"} 2\n");
    ck_has(page, "d_seconds_bucket{r=\"x\",le=\"0.0025\"} 3\n");
    ck_has(page, "d_seconds_bucket{r=\"x\",le=\"10\"} 3\n");
    ck_has(page, "d_seconds_bucket{r=\"x\",le=\"+Inf\"} 4\n");
    ck_has(page, "d_seconds_sum{r=\"x\"} 90.002501\n");
    ck_has(page, "d_seconds_count{r=\"x\"} 4\n");
}
END_TEST

START_TEST(a_route_counts_by_status)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    struct metrics_route *orders = metrics_route(metrics, "POST", "/v1/orders");
    struct metrics_route *live = metrics_route(metrics, "GET", "/livez");
    metrics_route_done(orders, 201, 1500);
    metrics_route_done(orders, 201, 1500);
    metrics_route_done(orders, 409, 100);
    metrics_route_done(live, 200, 10);
    metrics_route_done(orders, 0, 10);
    const char *page = metrics_text(metrics, arena);
    ck_has(page, "http_requests_total{method=\"POST\",route=\"/v1/orders\",status=\"201\"} 2\n");
    ck_has(page, "http_requests_total{method=\"POST\",route=\"/v1/orders\",status=\"409\"} 1\n");
    ck_has(page, "http_requests_total{method=\"GET\",route=\"/livez\",status=\"200\"} 1\n");
    ck_has(page, "http_requests_total{method=\"POST\",route=\"/v1/orders\",status=\"0\"} 1\n");
    ck_has(page, "http_request_duration_seconds_count{method=\"POST\",route=\"/v1/orders\"} 4\n");
    ck_assert_uint_eq(times_in(page, "# TYPE http_requests_total counter"), 1);
    ck_assert_uint_eq(times_in(page, "# TYPE http_request_duration_seconds histogram"), 1);
}
END_TEST

START_TEST(the_process_is_measured)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *page = metrics_text(metrics_new(arena), arena);
    static const char *const names[] = {"\nprocess_resident_memory_bytes ", "\nprocess_open_fds ",
                                        "\nprocess_cpu_seconds_total ",
                                        "\nprocess_start_time_seconds "};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *at = strstr(page, names[i]);
        ck_assert_msg(at != NULL, "no %s", names[i]);
        ck_assert(strtod(at + strlen(names[i]), NULL) > 0 || i == 2);
    }
}
END_TEST

struct dependency {
    bool well;
    const char *reason;
};

static bool dependency_check(void *user, const char **ret_reason)
{
    const struct dependency *dependency = user;
    *ret_reason = dependency->reason;
    return dependency->well;
}

START_TEST(ready_is_when_every_check_is_well)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct dependency kafka = {.well = true}, mongo = {.reason = "no primary"};
    struct health *health = health_new(arena);
    bool ready = true;
    health_add(health, "kafka", dependency_check, &kafka);
    health_add(health, "mongodb", dependency_check, &mongo);
    ck_assert_str_eq(health_ready(health, arena, &ready),
                     "{\"status\":\"unavailable\",\"checks\":[{\"name\":\"kafka\",\"ok\":true},"
                     "{\"name\":\"mongodb\",\"ok\":false,\"reason\":\"no primary\"}]}");
    ck_assert(!ready);
    mongo.well = true;
    ck_assert_str_eq(health_ready(health, arena, &ready),
                     "{\"status\":\"ok\",\"checks\":[{\"name\":\"kafka\",\"ok\":true},"
                     "{\"name\":\"mongodb\",\"ok\":true}]}");
    ck_assert(ready);
}
END_TEST

START_TEST(who_stops_is_alive_but_not_ready)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct health *health = health_new(arena);
    bool ready = false;
    ck_assert_str_eq(health_ready(health, arena, &ready), "{\"status\":\"ok\",\"checks\":[]}");
    ck_assert(ready);
    health_stopping(health);
    ck_assert_str_eq(health_ready(health, arena, &ready),
                     "{\"status\":\"stopping\",\"checks\":[]}");
    ck_assert(!ready);
    ck_assert_str_eq(health_live(), "{\"status\":\"ok\"}");
}
END_TEST

static void list_drops(void *user, struct metrics_rows *rows)
{
    metrics_row(rows, METRICS_LABELS({"topic", "a\"b"}, {"cause", "no_topic"}), 7);
    metrics_row(rows, METRICS_LABELS({"topic", "c"}, {"cause", "failed"}), *(const uint64_t *)user);
}

START_TEST(labels_that_come_up_later_are_listed_when_asked_for)
{
    void *arena = mem_arena(NULL, 0);
    struct metrics *metrics = metrics_new(arena);
    uint64_t count = 1;
    metrics_listed(metrics, "drops_total", "Drops.", list_drops, &count);
    count = 9;
    const char *text = metrics_text(metrics, arena);
    ck_assert_ptr_nonnull(strstr(text, "# TYPE drops_total counter\n"
                                       "drops_total{topic=\"a\\\"b\",cause=\"no_topic\"} 7\n"
                                       "drops_total{topic=\"c\",cause=\"failed\"} 9\n"));
    mem_free(arena);
}
END_TEST

CHECK_MAIN("metrics", counters_and_gauges_are_shown, sizes_have_buckets_of_their_own,
           names_apart_in_registration_are_together_on_the_page, a_histogram_is_cumulative,
           a_route_counts_by_status, the_process_is_measured, ready_is_when_every_check_is_well,
           who_stops_is_alive_but_not_ready, labels_that_come_up_later_are_listed_when_asked_for)
