/* Facts: of what is kept, in order, and no more sold than there is. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Behind a member's name with its quotes, and what follows it there; NULL: it is not there. Not by
 * memmem(), which prepares itself for long texts. */
static const char *behind(const char *at, const char *end, const char *name)
{
    const size_t n = strlen(name);
    while ((at = memchr(at, '"', (size_t)(end - at))) != NULL && (size_t)(end - at) >= n) {
        if (memcmp(at, name, n) == 0)
            return at + n;
        at++;
    }
    return NULL;
}

static int64_t number_after(const char *at, const char *end, const char *name)
{
    const char *found = behind(at, end, name);
    return found != NULL ? strtoll(found, NULL, 10) : -1;
}

/* From its id on. */
static void check_level(struct simulation *simulation, int32_t partition, const char *at,
                        const char *end, bool first)
{
    const char *const type = at, *const quote = memchr(at, '"', (size_t)(end - at));
    const int type_size = (int)((quote != NULL ? quote : end) - type);
    int64_t capacity = number_after(at, end, "\"capacity\":");
    int64_t sold = number_after(at, end, "\"sold\":"), held = number_after(at, end, "\"held\":");
    int64_t rev = number_after(at, end, "\"rev\":"), epoch = number_after(at, end, "\"epoch\":");
    if (sold < 0 || held < 0 || sold + held > capacity)
        violation(simulation, "A",
                  "a fact says of %.*s: %" PRId64 " sold, %" PRId64 " held of %" PRId64, type_size,
                  type, sold, held, capacity);
    bool made;
    struct table_row *row =
        table_row(&simulation->checker.revisions, table_hash(1, type, (size_t)type_size), &made);
    /* What tells of a database that was set back is lost with Kafka, or was not kept there yet. */
    bool untold =
        simulation->checker.set_back_at >= 0 &&
        (simulation->faults.on[FAULT_RECREATED] || simulation->checker.unknown_break[partition]);
    if (first && !untold && !made && epoch == (int64_t)row->hash && rev < row->number)
        violation(simulation, "D", "the rev of %.*s falls from %" PRId64 " to %" PRId64, type_size,
                  type, row->number, rev);
    if (made || epoch > (int64_t)row->hash || (epoch == (int64_t)row->hash && rev > row->number)) {
        row->hash = (uint64_t)epoch;
        row->number = rev;
    }
}

static void check_stock(struct simulation *simulation, int32_t partition,
                        const struct kept_record *record, bool first)
{
    const char *body = record->value, *end = body + record->value_size;
    const char *at = body != NULL ? behind(body, end, "\"stock\":[") : NULL;
    while (at != NULL && (at = behind(at, end, "\"ticket_type_id\":\"")) != NULL) {
        const char *next = memchr(at, '}', (size_t)(end - at));
        check_level(simulation, partition, at, next != NULL ? next : end, first);
    }
}

/* Readers drop what is not greater than what they know. What was refused is sent again behind what
 * went through, what an empty cluster has lost behind what came since, and a database that was set
 * back may not know of a clock that was ahead: that is counted. */
static bool check_order(struct simulation *simulation, const struct simulated_topic *topic,
                        int32_t partition, const struct kept_record *record, int64_t sequence)
{
    bool made;
    uint64_t key =
        table_hash(table_hash(2, topic->name, strlen(topic->name)), record->key, record->key_size);
    struct table_row *last = table_row(&simulation->checker.sequences, key, &made);
    if (sequence > last->number) {
        last->number = sequence;
        return true;
    }
    bool forgot_clock = simulation->checker.set_back_at >= 0 && simulation->faults.on[FAULT_CLOCKS];
    if (simulation->faults.on[FAULT_REFUSED] || forgot_clock ||
        sequence <= simulation->checker.lost_sequence[partition])
        simulation->checker.late_facts++;
    else
        violation(simulation, "D",
                  "%s: a new fact of %.*s has sequence %" PRId64 ", after %" PRId64, topic->name,
                  (int)record->key_size, (const char *)record->key, sequence, last->number);
    return false;
}

static bool is_published_first(struct simulation *simulation, const struct bus_header *id,
                               int64_t sequence)
{
    bool made;
    uint64_t key = table_hash(table_hash(3, id->value, id->size), &sequence, sizeof sequence);
    (void)table_row(&simulation->checker.published, key, &made);
    return made;
}

void checker_see_fact(struct simulation *simulation, const struct simulated_topic *topic,
                      int32_t partition, const struct kept_record *record)
{
    struct bus_header id = {0}, text = {0};
    simulation->checker.facts_seen++;
    if (!message_header(record, "ce_id", &id) || !message_header(record, "ce_sequence", &text)) {
        violation(simulation, "D", "a fact without id or sequence");
        return;
    }
    int64_t sequence = strtoll(text.value, NULL, 10);
    uint64_t hash = table_hash(0, record->value, record->value_size);
    bool made;
    if (!checker_keeps_fact(simulation, &id, sequence)) {
        if (simulation->checker.set_back_at < 0)
            violation(simulation, "B", "a fact of what is not in the database");
        check_stock(simulation, partition, record, false);
        return;
    }
    struct table_row *row =
        table_row(&simulation->checker.facts, checker_message(id.value, id.size), &made);
    if (!made && simulation->checker.set_back_at < 0 && row->number != 0 &&
        (row->number != sequence || row->hash != hash))
        violation(simulation, "D", "%s: a fact came again as another: %.*s", topic->name,
                  (int)id.size, (const char *)id.value);
    row->number = sequence;
    row->hash = hash;
    bool first = is_published_first(simulation, &id, sequence) && made;
    bool ordered = first && check_order(simulation, topic, partition, record, sequence);
    check_stock(simulation, partition, record, ordered);
}

void checker_see_delivery(struct simulation *simulation, const struct kept_record *record)
{
    struct bus_header id;
    bool made;
    if (message_header(record, "ce_id", &id))
        (void)table_row(&simulation->checker.facts, checker_message(id.value, id.size), &made);
}
