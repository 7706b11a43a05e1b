/* floor_import: what the database alone can take of a list: people, made without a decision and
 * without Kafka from lines "name,email,phone" of the standard input, written as the writer writes
 * pages of an import: a fence, N people, the import, a receipt a page with its facts.
 *
 * Only the time within store_commit() counts. Prints a line of JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/direct.h"
#include "bench/sample.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/import.h"

struct floor_import {
    struct direct direct;
    struct import import;
    void *arena; /* of the batch at hand */
    struct attendee **people;
    size_t n, size;
    uint64_t rows;
};

static void begin(struct floor_import *run)
{
    run->arena = mem_arena(NULL, 0);
    run->people = mem_array(run->arena, struct attendee *, run->size);
    run->n = 0;
}

static void write_batch(struct floor_import *run)
{
    struct store_change *changes = mem_array(run->arena, struct store_change, run->n + 1);
    const struct receipt *receipt =
        sample_page_receipt(run->arena, run->import.id, run->people, run->n, run->direct.fence.seq);
    run->import.imported += (int64_t)run->n;
    changes[0] = (struct store_change){.kind = run->rows == 0 ? STORE_INSERT : STORE_REPLACE,
                                       .collection = &collection_imports,
                                       .id = run->import.id,
                                       .record = &run->import};
    for (size_t i = 0; i < run->n; i++)
        changes[i + 1] = (struct store_change){.kind = STORE_INSERT,
                                               .collection = &collection_attendees,
                                               .id = run->people[i]->id,
                                               .record = run->people[i]};
    direct_commit(&run->direct, changes, run->n + 1, &receipt, 1);
    run->direct.fence.seq += (int64_t)run->n;
    run->rows += run->n;
    mem_free(run->arena);
}

static void take_line(struct floor_import *run, char *line)
{
    char *rest = line;
    line[strcspn(line, "\r\n")] = '\0';
    const char *name = mem_strdup(run->arena, strsep(&rest, ","));
    const char *email = mem_strdup(run->arena, strsep(&rest, ","));
    const char *phone = mem_strdup(run->arena, strsep(&rest, ","));
    run->people[run->n++] = sample_attendee(run->arena, run->import.event_id, name, email, phone);
}

int main(int argc, char *argv[])
{
    char line[1024];
    if (argc != 4 || atoi(argv[3]) < 1) {
        fprintf(stderr, "usage: %s MONGO_URI DATABASE ROWS_A_BATCH <ROWS\n", argv[0]);
        return EXIT_FAILURE;
    }
    struct floor_import run = {.direct = direct_open(argv[1], argv[2], "floor_import"),
                               .size = (size_t)atoi(argv[3])};
    void *arena = mem_arena(NULL, 0);
    run.import = (struct import){.id = sample_id(arena, IMPORT_PREFIX),
                                 .event_id = sample_id(arena, EVENT_PREFIX),
                                 .status = IMPORT_RUNNING};
    begin(&run);
    while (fgets(line, sizeof line, stdin) != NULL) {
        take_line(&run, line);
        if (run.n < run.size)
            continue;
        write_batch(&run);
        begin(&run);
    }
    if (run.n > 0)
        write_batch(&run);
    printf("{\"batch\": %zu, \"rows\": %" PRIu64 ", \"per_second\": %.3f}\n", run.size, run.rows,
           (double)run.rows * 1e6 / (double)run.direct.spent_us);
    direct_close(&run.direct);
    mem_free(arena);
    return EXIT_SUCCESS;
}
