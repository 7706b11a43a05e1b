/* Messages that were decided and must have been published. */
#include "tests/simulation/checker.h"

#include <string.h>
#include <talloc.h>

#include "db-svc/store/receipt.h"

static bool was_published(const struct simulation *simulation, const char *topic, const char *id)
{
    return (!topic_ends_with(topic, ".facts") && !topic_ends_with(topic, ".deliveries")) ||
           table_find(&simulation->checker.facts, table_hash(3, id, strlen(id))) != NULL;
}

/* Calls for each message of a receipt that was not seen. */
typedef void unseen(struct simulation *simulation, const char *topic, const char *id);

static void find_unseen(struct simulation *simulation, const struct receipt *receipt, unseen *each)
{
    for (size_t i = 0; receipt != NULL && i < receipt->n_outgoing; i++) {
        const struct outgoing *outgoing = &receipt->outgoing[i];
        if (!was_published(simulation, outgoing->topic, outgoing->id))
            each(simulation, outgoing->topic, outgoing->id);
    }
}

static void each_unseen(struct simulation *simulation, unseen *each)
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = checker_read_all(simulation, "receipts", arena, &found);
    for (size_t i = 0; i < n; i++)
        find_unseen(simulation, checker_receipt(arena, &found[i]), each);
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
    return decided == NULL || decided->number < checker->recreated_at + SET_BACK_US;
}

static void miss(struct simulation *simulation, const char *topic, const char *id)
{
    if (is_of_lost_log(simulation, id))
        return;
    violation(simulation, "D", "%s of %s was never published", id, topic);
}

static void forgive(struct simulation *simulation, const char *topic, const char *id)
{
    bool made;
    (void)topic;
    (void)table_row(&simulation->checker.facts, table_hash(3, id, strlen(id)), &made);
}

void checker_published(struct simulation *simulation)
{
    each_unseen(simulation, miss);
}

void checker_forgive_unpublished(struct simulation *simulation)
{
    each_unseen(simulation, forgive);
}
