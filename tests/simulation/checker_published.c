/* Messages that were decided and must have been published. */
#include "tests/simulation/checker.h"

#include <string.h>
#include <talloc.h>

#include "db-svc/store/receipt.h"

static bool is_unseen(const struct simulation *simulation, const struct told *told)
{
    return told->awaited && table_find(&simulation->checker.facts, told->message) == NULL;
}

/* Calls for each message of the receipts that was not seen. */
typedef void unseen(struct simulation *simulation, const struct document *receipt,
                    const struct told *told, size_t index);

static void each_unseen(struct simulation *simulation, unseen *each)
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = checker_read_all(simulation, "receipts", arena, &found), outgoing;
    for (size_t i = 0; i < n; i++) {
        const struct told *told = checker_told(simulation, &found[i], &outgoing);
        for (size_t k = 0; k < outgoing; k++)
            if (is_unseen(simulation, &told[k]))
                each(simulation, &found[i], &told[k], k);
    }
    talloc_free(arena);
}

/* What was decided of a log that is gone, and not yet published, nobody reads again. */
static bool is_of_lost_log(const struct simulation *simulation, const char *id)
{
    const struct checker *checker = &simulation->checker;
    const struct bus_header header = {.value = id, .size = strlen(id)};
    struct key key;
    if (checker->recreated_at < 0 || !message_receipt(&header, &key))
        return false;
    const struct table_row *decided =
        table_find(&checker->decided, table_hash(5, key.bytes, key.n));
    return decided == NULL || decided->number < checker->recreated_at + RECREATED_US;
}

static void miss(struct simulation *simulation, const struct document *document,
                 const struct told *told, size_t index)
{
    void *arena = talloc_new(NULL);
    const struct outgoing *outgoing = &checker_receipt(arena, document)->outgoing[index];
    (void)told;
    if (!is_of_lost_log(simulation, outgoing->id))
        violation(simulation, "D", "%s of %s was never published", outgoing->id, outgoing->topic);
    talloc_free(arena);
}

static void forgive(struct simulation *simulation, const struct document *document,
                    const struct told *told, size_t index)
{
    bool made;
    (void)document;
    (void)index;
    (void)table_row(&simulation->checker.facts, told->message, &made);
}

void checker_published(struct simulation *simulation)
{
    each_unseen(simulation, miss);
}

void checker_forgive_unpublished(struct simulation *simulation)
{
    each_unseen(simulation, forgive);
}
