/* simulate: runs db-svc and notify-svc against simulated parts, from seeds.
 *
 *   simulate [-t] SEED COMMANDS [FAULT,FAULT,...]
 *
 * A run is of at most RUN commands; more is several runs, of one seed after the other. Prints a
 * failure with what happened last, and in the end what was done. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libshared/base/log.h"
#include "tests/simulation/heap.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/world/threads.h"

#define RUN 10000
#define SHOWN 60

struct sums {
    uint64_t seeds, failed, commands, messages, replies, facts, dead_letters, calls, late, mails,
        mails_again, views, violations;
    uint64_t faults[FAULT_KINDS];
    double simulated_s;
};

static bool read_faults(const char *text, bool on[FAULT_KINDS])
{
    memset(on, text == NULL, FAULT_KINDS);
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ","), i = 0;
        while (i < FAULT_KINDS &&
               (strlen(fault_names[i]) != length || strncmp(fault_names[i], text, length) != 0))
            i++;
        if (i == FAULT_KINDS && !(length == 4 && strncmp(text, "none", 4) == 0)) {
            fprintf(stderr, "no such fault: %.*s; there are:", (int)length, text);
            for (i = 0; i < FAULT_KINDS; i++)
                fprintf(stderr, " %s", fault_names[i]);
            fprintf(stderr, ", or none\n");
            return false;
        }
        if (i < FAULT_KINDS)
            on[i] = true;
        text += length + (text[length] == ',');
    }
    return true;
}

static void tell(const struct simulation *simulation, const char *faults)
{
    uint64_t n = simulation->traced, from = n > TRACE_LINES ? n - TRACE_LINES : 0;
    if (n - from > SHOWN)
        from = n - SHOWN;
    for (uint64_t i = from; i < n; i++)
        printf("%s\n", simulation->trace[i % TRACE_LINES]);
    for (uint64_t i = 0; i < simulation->checker.violations && i < SHOWN_VIOLATIONS; i++)
        printf("VIOLATION at %s\n", simulation->shown[i]);
    printf("seed %" PRIu64 " fails; again: make simulate SEED=%" PRIu64 " STEPS=%zu%s%s\n",
           simulation->options.seed, simulation->options.seed, simulation->options.commands,
           faults != NULL ? " FAULTS=" : "", faults != NULL ? faults : "");
    fflush(stdout);
}

static void add(struct sums *sums, const struct simulation *simulation)
{
    sums->seeds++;
    sums->commands += simulation->sent;
    sums->messages += simulation->messages;
    sums->replies += simulation->checker.replies;
    sums->facts += simulation->checker.facts_seen;
    sums->dead_letters += simulation->checker.dead_letters;
    sums->violations += simulation->checker.violations;
    sums->failed += simulation->checker.violations > 0;
    sums->late += simulation->checker.late_facts;
    sums->mails += simulation->checker.mails;
    sums->views += simulation->checker.views;
    sums->mails_again += simulation->checker.mails_again;
    sums->calls += simulation->world.calls;
    sums->simulated_s += (double)simulation->world.now / 1e6;
    for (size_t i = 0; i < FAULT_KINDS; i++)
        sums->faults[i] += simulation->faults.counts[i];
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sum_up(const struct sums *sums, uint64_t seed, double took)
{
    uint64_t faults = 0;
    printf("faults:");
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        faults += sums->faults[i];
        if (sums->faults[i] > 0)
            printf(" %s %" PRIu64, fault_names[i], sums->faults[i]);
    }
    printf("\n%.0f simulated seconds, %" PRIu64 " messages, %" PRIu64 " replies, %" PRIu64
           " facts, %" PRIu64 " dead letters, %" PRIu64 " late facts, %" PRIu64 " mails (%" PRIu64
           " again), %" PRIu64 " stocks shown, %" PRIu64
           " aborts; %.0f commands a second of processor\n",
           sums->simulated_s, sums->messages, sums->replies, sums->facts, sums->dead_letters,
           sums->late, sums->mails, sums->mails_again, sums->views, thread_aborts(),
           (double)sums->commands / took);
    printf("%" PRIu64 " commands, %" PRIu64 " seeds from %" PRIu64 ", %" PRIu64 " faults, %" PRIu64
           " violations\n",
           sums->commands, sums->seeds, seed, faults, sums->violations);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct sums sums = {0};
    if (argc > 1 && strcmp(argv[1], "-t") == 0) {
        options.trace = true;
        argv++;
        argc--;
    }
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: simulate [-t] SEED COMMANDS [FAULT,FAULT,...]\n");
        return EXIT_FAILURE;
    }
    memory_open();
    if (sodium_init() < 0 || !read_faults(argv[3], options.faults))
        return EXIT_FAILURE;
    log_open("db-svc", LOG_WARNING);
    uint64_t seed = strtoull(argv[1], NULL, 10), left = strtoull(argv[2], NULL, 10);
    double began = seconds();
    struct simulation *simulation = malloc(sizeof *simulation);
    for (uint64_t i = 0; left > 0; i++) {
        if (heap_begin_run != NULL)
            heap_begin_run();
        options.seed = seed + i;
        options.commands = left < RUN ? left : RUN;
        left -= options.commands;
        if (!simulation_run(simulation, &options))
            tell(simulation, argv[3]);
        add(&sums, simulation);
        simulation_free(simulation);
    }
    free(simulation);
    sum_up(&sums, seed, seconds() - began);
    return sums.violations > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
