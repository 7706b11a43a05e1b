#include "libshared/service/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libshared/base/mem.h"

struct bound {
    int64_t value;
    const char *text;
};
static const struct bound durations[] = {
    /* in us, and in seconds */
    {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
    {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},   {10000000, "10"},
};
static const struct bound sizes[] = {
    {1, "1"},   {2, "2"},     {5, "5"},     {10, "10"},   {20, "20"},
    {50, "50"}, {100, "100"}, {200, "200"}, {500, "500"},
};
#define DURATIONS (sizeof durations / sizeof *durations)
#define SIZES (sizeof sizes / sizeof *sizes)
#define BOUNDS DURATIONS /* the most that a histogram has */
#define STATUSES 600

struct series {
    const char *labels; /* as on the page, without braces */
    struct series *next;
};

struct counter_series {
    struct series series;
    struct metrics_counter counter;
};

struct read_series {
    struct series series;
    metrics_read *read;
    void *user;
};

struct list_series {
    struct series series;
    metrics_list *list;
    void *user;
};

struct metrics_histogram {
    struct series series;
    const struct bound *bounds;
    size_t n;
    _Atomic uint64_t buckets[BOUNDS + 1];
    _Atomic uint64_t sum;
};

struct metrics_route {
    struct series series;
    struct metrics_histogram *durations;
    _Atomic uint64_t by_status[STATUSES];
};

struct family;
typedef void print_series(FILE *out, const struct family *family, const struct series *series);

struct family {
    const char *name, *help, *type;
    print_series *print;
    struct series *first, **last;
    struct family *next;
};

struct metrics {
    struct family *first, **last;
};

struct metrics *metrics_new(const void *arena)
{
    struct metrics *metrics = mem_new(arena, struct metrics);
    metrics->last = &metrics->first;
    return metrics;
}

static struct family *family_of(struct metrics *metrics, const char *name, const char *help,
                                const char *type, print_series *print)
{
    for (struct family *family = metrics->first; family != NULL; family = family->next)
        if (strcmp(family->name, name) == 0)
            return family;
    struct family *family = mem_new(metrics, struct family);
    *family = (struct family){.name = name, .help = help, .type = type, .print = print};
    family->last = &family->first;
    *metrics->last = family;
    metrics->last = &family->next;
    return family;
}

static char *label_text(const void *arena, const struct metrics_label *labels)
{
    char *text = mem_strdup(arena, "");
    for (; labels != NULL && labels->name != NULL; labels++) {
        char *value = mem_array(arena, char, 2 * strlen(labels->value) + 1), *end = value;
        for (const char *from = labels->value; *from != '\0'; from++) {
            if (strchr("\\\"\n", *from) != NULL)
                *end++ = '\\';
            *end++ = *from == '\n' ? 'n' : *from;
        }
        text =
            mem_printf(arena, "%s%s%s=\"%s\"", text, *text != '\0' ? "," : "", labels->name, value);
    }
    return text;
}

static void append_series(struct metrics *metrics, struct family *family, struct series *series,
                          const struct metrics_label *labels)
{
    series->labels = label_text(metrics, labels);
    *family->last = series;
    family->last = &series->next;
}

/* `name suffix {labels, more}` and a blank. */
static void print_name(FILE *out, const struct family *family, const char *suffix,
                       const struct series *series, const char *more, const char *more_value)
{
    bool braces = *series->labels != '\0' || more != NULL;
    (void)fprintf(out, "%s%s%s%s", family->name, suffix, braces ? "{" : "", series->labels);
    if (more != NULL)
        (void)fprintf(out, "%s%s=\"%s\"", *series->labels != '\0' ? "," : "", more, more_value);
    (void)fputs(braces ? "} " : " ", out);
}

static uint64_t load(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void add(_Atomic uint64_t *value, uint64_t n)
{
    (void)atomic_fetch_add_explicit(value, n, memory_order_relaxed);
}

static void print_counter(FILE *out, const struct family *family, const struct series *series)
{
    print_name(out, family, "", series, NULL, NULL);
    (void)fprintf(out, "%" PRIu64 "\n",
                  load(&((const struct counter_series *)series)->counter.value));
}

struct metrics_counter *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                                        const struct metrics_label *labels)
{
    struct counter_series *counter = mem_new(metrics, struct counter_series);
    append_series(metrics, family_of(metrics, name, help, "counter", print_counter),
                  &counter->series, labels);
    return &counter->counter;
}

void metrics_add(struct metrics_counter *counter, uint64_t n)
{
    add(&counter->value, n);
}

static void print_histogram(FILE *out, const struct family *family, const struct series *series)
{
    const struct metrics_histogram *histogram = (const struct metrics_histogram *)series;
    uint64_t count = 0;
    for (size_t i = 0; i <= histogram->n; i++) {
        count += load(&histogram->buckets[i]);
        print_name(out, family, "_bucket", series, "le",
                   i < histogram->n ? histogram->bounds[i].text : "+Inf");
        (void)fprintf(out, "%" PRIu64 "\n", count);
    }
    uint64_t sum = load(&histogram->sum);
    print_name(out, family, "_sum", series, NULL, NULL);
    if (histogram->bounds == durations)
        (void)fprintf(out, "%" PRIu64 ".%06" PRIu64 "\n", sum / 1000000, sum % 1000000);
    else
        (void)fprintf(out, "%" PRIu64 "\n", sum);
    print_name(out, family, "_count", series, NULL, NULL);
    (void)fprintf(out, "%" PRIu64 "\n", count);
}

static struct metrics_histogram *add_histogram(struct metrics *metrics, const char *name,
                                               const char *help, const struct metrics_label *labels,
                                               const struct bound *bounds, size_t n)
{
    struct metrics_histogram *histogram = mem_new(metrics, struct metrics_histogram);
    histogram->bounds = bounds;
    histogram->n = n;
    append_series(metrics, family_of(metrics, name, help, "histogram", print_histogram),
                  &histogram->series, labels);
    return histogram;
}

struct metrics_histogram *metrics_histogram(struct metrics *metrics, const char *name,
                                            const char *help, const struct metrics_label *labels)
{
    return add_histogram(metrics, name, help, labels, durations, DURATIONS);
}

struct metrics_histogram *metrics_sizes(struct metrics *metrics, const char *name, const char *help,
                                        const struct metrics_label *labels)
{
    return add_histogram(metrics, name, help, labels, sizes, SIZES);
}

static void observe(struct metrics_histogram *histogram, int64_t value)
{
    size_t i = 0;
    while (i < histogram->n && value > histogram->bounds[i].value)
        i++;
    add(&histogram->buckets[i], 1);
    add(&histogram->sum, (uint64_t)value);
}

void metrics_observe_us(struct metrics_histogram *histogram, int64_t duration_us)
{
    observe(histogram, duration_us > 0 ? duration_us : 0);
}

void metrics_observe_size(struct metrics_histogram *histogram, size_t size)
{
    observe(histogram, (int64_t)size);
}

static void print_read(FILE *out, const struct family *family, const struct series *series)
{
    const struct read_series *one = (const struct read_series *)series;
    print_name(out, family, "", series, NULL, NULL);
    (void)fprintf(out, "%.15g\n", one->read(one->user));
}

static void add_read(struct metrics *metrics, struct family *family,
                     const struct metrics_label *labels, metrics_read *read, void *user)
{
    struct read_series *one = mem_new(metrics, struct read_series);
    one->read = read;
    one->user = user;
    append_series(metrics, family, &one->series, labels);
}

void metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                   const struct metrics_label *labels, metrics_read *read, void *user)
{
    add_read(metrics, family_of(metrics, name, help, "gauge", print_read), labels, read, user);
}

void metrics_counted(struct metrics *metrics, const char *name, const char *help,
                     const struct metrics_label *labels, metrics_read *read, void *user)
{
    add_read(metrics, family_of(metrics, name, help, "counter", print_read), labels, read, user);
}

struct metrics_rows {
    FILE *out;
    const struct family *family;
};

static void print_list(FILE *out, const struct family *family, const struct series *series)
{
    const struct list_series *one = (const struct list_series *)series;
    one->list(one->user, &(struct metrics_rows){out, family});
}

void metrics_listed(struct metrics *metrics, const char *name, const char *help, metrics_list *list,
                    void *user)
{
    struct list_series *one = mem_new(metrics, struct list_series);
    one->list = list;
    one->user = user;
    append_series(metrics, family_of(metrics, name, help, "counter", print_list), &one->series,
                  NULL);
}

void metrics_row(struct metrics_rows *rows, const struct metrics_label *labels, uint64_t value)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct series series = {.labels = label_text(arena, labels)};
    print_name(rows->out, rows->family, "", &series, NULL, NULL);
    (void)fprintf(rows->out, "%" PRIu64 "\n", value);
}

static void print_statuses(FILE *out, const struct family *family, const struct series *series)
{
    const struct metrics_route *route = (const struct metrics_route *)series;
    for (int status = 0; status < STATUSES; status++) {
        uint64_t count = load(&route->by_status[status]);
        if (count == 0)
            continue;
        char text[16];
        (void)snprintf(text, sizeof text, "%d", status);
        print_name(out, family, "", series, "status", text);
        (void)fprintf(out, "%" PRIu64 "\n", count);
    }
}

struct metrics_route *metrics_route(struct metrics *metrics, const char *method, const char *name)
{
    const struct metrics_label *labels = METRICS_LABELS({"method", method}, {"route", name});
    struct metrics_route *route = mem_new(metrics, struct metrics_route);
    append_series(metrics,
                  family_of(metrics, "http_requests_total",
                            "Requests answered; status 0 is a client that left first.", "counter",
                            print_statuses),
                  &route->series, labels);
    route->durations =
        metrics_histogram(metrics, "http_request_duration_seconds",
                          "From a request's headers to the end of its answer.", labels);
    return route;
}

void metrics_route_done(struct metrics_route *route, int status, int64_t duration_us)
{
    add(&route->by_status[status > 0 && status < STATUSES ? status : 0], 1);
    metrics_observe_us(route->durations, duration_us);
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    long pages = 0;
    if (fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    int n = -3; /* ".", ".." and the directory's own */
    while (readdir(directory) != NULL)
        n++;
    (void)closedir(directory);
    return n;
}

static double cpu_seconds(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double boot_seconds(void)
{
    FILE *file = fopen("/proc/stat", "re");
    char line[256];
    double boot = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "btime ", 6) == 0)
            boot = strtod(line + 6, NULL);
    if (file != NULL)
        (void)fclose(file);
    return boot;
}

static double start_seconds(void)
{
    char text[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    if (file == NULL)
        return 0;
    (void)!fgets(text, sizeof text, file);
    (void)fclose(file);
    unsigned long long ticks = 0;
    const char *after_name = strrchr(text, ')'); /* the name may have blanks */
    if (after_name == NULL ||
        sscanf(after_name + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &ticks) != 1)
        return 0;
    return boot_seconds() + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void print_process(FILE *out)
{
    const struct {
        const char *name, *type;
        double value;
    } values[] = {
        {"process_resident_memory_bytes", "gauge", resident_bytes()},
        {"process_open_fds", "gauge", open_descriptors()},
        {"process_cpu_seconds_total", "counter", cpu_seconds()},
        {"process_start_time_seconds", "gauge", start_seconds()},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        (void)fprintf(out, "# TYPE %s %s\n%s %.15g\n", values[i].name, values[i].type,
                      values[i].name, values[i].value);
}

char *metrics_text(const struct metrics *metrics, const void *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    for (const struct family *family = metrics->first; family != NULL; family = family->next) {
        (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                      family->type);
        for (const struct series *series = family->first; series != NULL; series = series->next)
            family->print(out, family, series);
    }
    print_process(out);
    (void)fclose(out);
    char *page = mem_strndup(arena, text, size);
    free(text);
    return page;
}
