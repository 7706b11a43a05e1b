/* What must hold: watched at every commit and every message, and once more when all is at rest. */
#include "tests/simulation/simulation.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "db-svc/store/receipt.h"
#include "db-svc/store/receipts.h"
#include "db-svc/writer/ownership.h"

#define SET_BACK_US 30000000 /* messages of what is gone may still arrive */
#define OVERDUE_MS 20000     /* a hold that is over */
/* Less than a database lets the transaction of a dead process stand. */
#define STANDSTILL_US 25000000

void violation(struct simulation *simulation, const char *promise, const char *format, ...)
{
    char text[TRACE_BYTES - 60];
    va_list arguments;
    if (simulation->checker.violations++ >= SHOWN_VIOLATIONS)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    trace(simulation, "VIOLATION of %s: %s", promise, text);
    (void)snprintf(simulation->shown[simulation->checker.violations - 1], TRACE_BYTES,
                   "%.3f s, %s: %s", (double)world->now / 1e6, promise, text);
}

/* --- Messages --- */

static bool header_of(const struct kept_record *record, const char *name,
                      struct bus_header *ret_header)
{
    for (size_t i = 0; i < record->n_headers; i++)
        if (strcmp(record->headers[i].name, name) == 0) {
            *ret_header = record->headers[i];
            return true;
        }
    return false;
}

/* The id of the receipt that a message's ce_id begins with. */
static bool receipt_of(const struct bus_header *id, struct key *ret_key)
{
    size_t n;
    ret_key->n = 2 + RECEIPT_ID;
    ret_key->bytes[0] = 4; /* as value_append() begins a binary one */
    ret_key->bytes[1] = RECEIPT_ID;
    return id->size >= 2 * RECEIPT_ID &&
           sodium_hex2bin(ret_key->bytes + 2, RECEIPT_ID, id->value, 2 * RECEIPT_ID, NULL, &n,
                          NULL) == 0 &&
           n == RECEIPT_ID;
}

static struct document receipt_in(const struct simulation *simulation, const struct bus_header *id)
{
    struct key key;
    return receipt_of(id, &key) ? database_get(simulation->server.database, "receipts", &key)
                                : (struct document){0};
}

static bool is_kept(const struct simulation *simulation, const struct bus_header *id)
{
    return receipt_in(simulation, id).bytes != NULL;
}

static bool is_fact(const struct outgoing *outgoing, const struct bus_header *id, int64_t sequence)
{
    return outgoing->sequence == sequence && strlen(outgoing->id) == id->size &&
           memcmp(outgoing->id, id->value, id->size) == 0;
}

/* NULL: it is none. In `arena`. */
static const struct receipt *read_receipt(const void *arena, const struct document *document)
{
    bson_t receipt;
    return document->bytes != NULL && bson_init_static(&receipt, document->bytes, document->n)
               ? receipts_read(arena, &receipt)
               : NULL;
}

/* Whether the receipt in the database says the fact: it may be of a decision that is gone. */
static bool is_told(const struct simulation *simulation, const struct bus_header *id,
                    int64_t sequence)
{
    void *arena = talloc_new(NULL);
    const struct document document = receipt_in(simulation, id);
    const struct receipt *receipt = read_receipt(arena, &document);
    bool told = false;
    for (size_t i = 0; receipt != NULL && i < receipt->n_outgoing; i++)
        told = told || is_fact(&receipt->outgoing[i], id, sequence);
    talloc_free(arena);
    return told;
}

static bool was_set_back(const struct simulation *simulation)
{
    const struct checker *checker = &simulation->checker;
    return checker->set_back_at >= 0 && world->now - checker->set_back_at < SET_BACK_US;
}

/* --- Replies --- */

static int status_of(const struct kept_record *record)
{
    struct bus_header status;
    return header_of(record, "status", &status) ? (int)strtol(status.value, NULL, 10) : 0;
}

static void check_first(struct simulation *simulation, const struct ask *ask, int status,
                        const struct bus_header *id)
{
    uint32_t number = (uint32_t)(ask - simulation->history.asks);
    if ((status < 300 || status == 504) && !was_set_back(simulation) && !is_kept(simulation, id))
        violation(simulation, "B", "ask %u was answered %d and nothing is in the database", number,
                  status);
    if (status >= 500 && status != 504)
        violation(simulation, "F", "ask %u was answered %d", number, status);
    int64_t age_ms = (world->now - ask->first_at) / 1000;
    if (status == 504 && (ask->timeout_ms < 0 || age_ms < ask->timeout_ms))
        violation(simulation, "F",
                  "ask %u was told after %" PRId64 " ms that its %" PRId64 " ms are over", number,
                  age_ms, ask->timeout_ms);
}

/* An order says who asked for it. */
static void check_own(struct simulation *simulation, const struct ask *ask, int status,
                      const struct kept_record *record)
{
    char own[48];
    int n =
        snprintf(own, sizeof own, "\"external_id\":\"ask-%td\"", ask - simulation->history.asks);
    if (ask->kind == ASK_PLACE && status == 201 &&
        memmem(record->value, record->value_size, own, (size_t)n) == NULL)
        violation(simulation, "F", "ask %td was given another's answer",
                  ask - simulation->history.asks);
}

static void see_reply(struct simulation *simulation, const struct kept_record *record)
{
    struct bus_header correlation = {0}, id = {0};
    simulation->checker.replies++;
    (void)header_of(record, "kafka_correlationId", &correlation);
    (void)header_of(record, "ce_id", &id);
    struct ask *ask = crowd_find(simulation, correlation.value, correlation.size);
    int status = status_of(record);
    if (ask == NULL || ask->lost)
        return;
    if (!ask->answers || ask->sends == 0)
        violation(simulation, "F", "an answer that nobody has asked for");
    uint64_t answer = table_hash((uint64_t)status, record->value, record->value_size);
    if (ask->status == 0) {
        ask->status = status;
        ask->answer = answer;
        ask->answered_at = world->now;
        check_first(simulation, ask, status, &id);
        check_own(simulation, ask, status, record);
        crowd_told(simulation, ask, status, record->value, record->value_size);
    } else if (ask->answer != answer) {
        violation(simulation, "C", "ask %td (%s) was answered %d, then %d: %.80s",
                  ask - simulation->history.asks, ask->command, ask->status, status,
                  (const char *)record->value);
    }
}

/* --- Facts --- */

static int64_t number_after(const char *at, const char *end, const char *name)
{
    const char *found = memmem(at, (size_t)(end - at), name, strlen(name));
    return found != NULL ? strtoll(found + strlen(name), NULL, 10) : -1;
}

static void check_level(struct simulation *simulation, int32_t partition, const char *at,
                        const char *end, bool first)
{
    char type[48] = "";
    int64_t capacity = number_after(at, end, "\"capacity\":");
    int64_t sold = number_after(at, end, "\"sold\":"), held = number_after(at, end, "\"held\":");
    int64_t rev = number_after(at, end, "\"rev\":"), epoch = number_after(at, end, "\"epoch\":");
    (void)sscanf(at, "\"ticket_type_id\":\"%47[^\"]", type);
    if (sold < 0 || held < 0 || sold + held > capacity)
        violation(simulation, "A",
                  "a fact says of %s: %" PRId64 " sold, %" PRId64 " held of %" PRId64, type, sold,
                  held, capacity);
    bool made;
    struct table_row *row =
        table_row(&simulation->checker.revisions, table_hash(1, type, strlen(type)), &made);
    /* What tells of a database that was set back is lost with Kafka, or was not kept there yet. */
    bool untold =
        simulation->checker.set_back_at >= 0 &&
        (simulation->faults.on[FAULT_RECREATED] || simulation->checker.unknown_break[partition]);
    if (first && !untold && !made && epoch == (int64_t)row->hash && rev < row->number)
        violation(simulation, "D", "the rev of %s falls from %" PRId64 " to %" PRId64, type,
                  row->number, rev);
    if (made || epoch > (int64_t)row->hash || (epoch == (int64_t)row->hash && rev > row->number)) {
        row->hash = (uint64_t)epoch;
        row->number = rev;
    }
}

static void check_stock(struct simulation *simulation, int32_t partition,
                        const struct kept_record *record, bool first)
{
    static const char list[] = "\"stock\":[", one[] = "\"ticket_type_id\":\"";
    const char *body = record->value, *end = body + record->value_size;
    const char *at = memmem(body, record->value_size, list, strlen(list));
    while (at != NULL && (at = memmem(at, (size_t)(end - at), one, strlen(one))) != NULL) {
        const char *next = memchr(at, '}', (size_t)(end - at));
        check_level(simulation, partition, at, next != NULL ? next : end, first);
        at += strlen(one);
    }
}

/* Readers drop what is not greater than what they know. What was refused is sent again behind what
 * went through: that is counted. */
static bool check_order(struct simulation *simulation, const struct simulated_topic *topic,
                        const struct kept_record *record, int64_t sequence)
{
    bool made;
    uint64_t key =
        table_hash(table_hash(2, topic->name, strlen(topic->name)), record->key, record->key_size);
    struct table_row *last = table_row(&simulation->checker.sequences, key, &made);
    if (sequence > last->number) {
        last->number = sequence;
        return true;
    }
    if (simulation->faults.on[FAULT_REFUSED])
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

static void see_fact(struct simulation *simulation, const struct simulated_topic *topic,
                     int32_t partition, const struct kept_record *record)
{
    struct bus_header id = {0}, text = {0};
    simulation->checker.facts_seen++;
    if (!header_of(record, "ce_id", &id) || !header_of(record, "ce_sequence", &text)) {
        violation(simulation, "D", "a fact without id or sequence");
        return;
    }
    int64_t sequence = strtoll(text.value, NULL, 10);
    uint64_t hash = table_hash(0, record->value, record->value_size);
    bool made;
    if (!is_told(simulation, &id, sequence)) {
        if (simulation->checker.set_back_at < 0)
            violation(simulation, "B", "a fact of what is not in the database");
        check_stock(simulation, partition, record, false);
        return;
    }
    struct table_row *row =
        table_row(&simulation->checker.facts, table_hash(3, id.value, id.size), &made);
    if (!made && simulation->checker.set_back_at < 0 && row->number != 0 &&
        (row->number != sequence || row->hash != hash))
        violation(simulation, "D", "%s: a fact came again as another: %.*s", topic->name,
                  (int)id.size, (const char *)id.value);
    row->number = sequence;
    row->hash = hash;
    bool first = is_published_first(simulation, &id, sequence) && made;
    bool ordered = first && check_order(simulation, topic, record, sequence);
    check_stock(simulation, partition, record, ordered);
}

static void see_delivery(struct simulation *simulation, const struct kept_record *record)
{
    struct bus_header id;
    bool made;
    if (header_of(record, "ce_id", &id))
        (void)table_row(&simulation->checker.facts, table_hash(3, id.value, id.size), &made);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void see_record(void *context, const struct simulated_topic *topic, int32_t partition,
                       const struct kept_record *record)
{
    struct simulation *simulation = context;
    if (ends_with(topic->name, ".replies"))
        see_reply(simulation, record);
    else if (ends_with(topic->name, ".facts"))
        see_fact(simulation, topic, partition, record);
    else if (ends_with(topic->name, ".deliveries"))
        see_delivery(simulation, record);
    else if (ends_with(topic->name, "-dlt"))
        simulation->checker.dead_letters++;
}

/* --- Commits --- */

static int64_t number_of(const bson_t *document, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, document, name) ? bson_iter_as_int64(&at) : 0;
}

static const char *text_in(const bson_t *document, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, document, name) && BSON_ITER_HOLDS_UTF8(&at)
               ? bson_iter_utf8(&at, NULL)
               : "";
}

/* The partition of a fence of the present cluster; -1: it is none. */
static int32_t partition_of(const struct simulation *simulation, const bson_t *fence)
{
    const char *id = text_in(fence, "_id");
    size_t length = strlen(simulation->broker.id);
    char *end;
    if (strncmp(id, simulation->broker.id, length) != 0 || id[length] != '/')
        return -1;
    long partition = strtol(id + length + 1, &end, 10);
    return *end == '\0' && partition < BROKER_PARTITIONS ? (int32_t)partition : -1;
}

/* Only who raised a fence last may commit by it. */
static void check_raiser(struct simulation *simulation, const bson_t *before, const bson_t *after)
{
    const char *id = text_in(after, "_id");
    const struct node *node = world_node();
    bool made;
    if (node == NULL || !bson_has_field(after, "epoch"))
        return;
    struct table_row *raiser =
        table_row(&simulation->checker.raisers, table_hash(6, id, strlen(id)), &made);
    if (before == NULL || number_of(after, "epoch") > number_of(before, "epoch")) {
        if (!made && raiser->hash != node->serial)
            faults_deposed(simulation, raiser->hash);
        raiser->hash = node->serial;
    } else if (!made && raiser->hash != node->serial)
        violation(simulation, "B", "node %d commits by %s, which another has raised", node->number,
                  id);
    else
        raiser->hash = node->serial; /* of a fence that was set back */
    if (before != NULL && number_of(after, "seq") < number_of(before, "seq"))
        violation(simulation, "D", "the sequence of %s falls from %" PRId64 " to %" PRId64, id,
                  number_of(before, "seq"), number_of(after, "seq"));
}

static void see_fence(struct simulation *simulation, const bson_t *before, const bson_t *after)
{
    int32_t partition = partition_of(simulation, after);
    if (partition >= 0)
        simulation->checker.batches[partition] = number_of(after, "batch");
    check_raiser(simulation, before, after);
}

static void see_receipt(struct simulation *simulation, const bson_t *receipt)
{
    bson_iter_t at;
    struct key key;
    bool made;
    key.n = 0;
    if (!bson_iter_init_find(&at, receipt, "_id"))
        return;
    value_append(&key, &at);
    table_row(&simulation->checker.decided, table_hash(5, key.bytes, key.n), &made)->number =
        world->now;
}

static void see_commit(void *context, const char *collection, struct document before,
                       struct document after)
{
    struct simulation *simulation = context;
    bson_t stock, earlier, fence, receipt;
    if (strcmp(collection, "fences") == 0 && after.bytes != NULL &&
        bson_init_static(&fence, after.bytes, after.n))
        see_fence(simulation,
                  before.bytes != NULL && bson_init_static(&earlier, before.bytes, before.n)
                      ? &earlier
                      : NULL,
                  &fence);
    if (strcmp(collection, "receipts") == 0 && before.bytes == NULL &&
        bson_init_static(&receipt, after.bytes, after.n))
        see_receipt(simulation, &receipt);
    if (strcmp(collection, "stock") != 0 || after.bytes == NULL ||
        !bson_init_static(&stock, after.bytes, after.n))
        return;
    int64_t capacity = number_of(&stock, "capacity"), sold = number_of(&stock, "sold");
    int64_t held = number_of(&stock, "held");
    if (sold < 0 || held < 0 || sold + held > capacity)
        violation(simulation, "A", "%s has %" PRId64 " sold, %" PRId64 " held of %" PRId64,
                  text_in(&stock, "_id"), sold, held, capacity);
    if (before.bytes != NULL && bson_init_static(&earlier, before.bytes, before.n) &&
        number_of(&stock, "rev") <= number_of(&earlier, "rev"))
        violation(simulation, "A", "the rev of %s does not rise", text_in(&stock, "_id"));
}

/* A writer looks for the receipt first, in the same transaction. */
static void see_duplicate(void *context, const char *collection)
{
    if (strcmp(collection, "receipts") == 0)
        violation(context, "C", "a command is decided that has been decided");
}

/* --- At rest --- */

static size_t read_all(struct simulation *simulation, const char *name, void *arena,
                       struct document **ret_found)
{
    static const struct filter all;
    static const struct sort none;
    struct database *database = simulation->server.database;
    return database_find(database, database_collection(database, name, false), NULL, &all, &none,
                         arena, ret_found);
}

static bool was_published(const struct simulation *simulation, const char *topic, const char *id)
{
    return (!ends_with(topic, ".facts") && !ends_with(topic, ".deliveries")) ||
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
    size_t n = read_all(simulation, "receipts", arena, &found);
    for (size_t i = 0; i < n; i++)
        find_unseen(simulation, read_receipt(arena, &found[i]), each);
    talloc_free(arena);
}

/* What was decided of a log that is gone, and not yet published, nobody reads again. */
static bool is_of_lost_log(const struct simulation *simulation, const char *id)
{
    const struct checker *checker = &simulation->checker;
    const struct bus_header header = {.value = id, .size = strlen(id)};
    struct key key;
    if (checker->recreated_at < 0 || !receipt_of(&header, &key))
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

/* --- The books --- */

struct books {
    struct simulation *simulation;
    struct table sold, held, placed; /* by ticket type; orders by external_id */
};

static void add(struct table *table, const char *key, int64_t n)
{
    bool made;
    table_row(table, table_hash(4, key, strlen(key)), &made)->number += n;
}

static int64_t total(const struct table *table, const char *key)
{
    const struct table_row *row = table_find(table, table_hash(4, key, strlen(key)));
    return row != NULL ? row->number : 0;
}

static void each_of(const bson_t *order, const char *list_name,
                    void (*each)(struct books *books, const bson_t *one), struct books *books)
{
    bson_iter_t list, at;
    bson_t one;
    if (!bson_iter_init_find(&list, order, list_name) || !bson_iter_recurse(&list, &at))
        return;
    while (bson_iter_next(&at)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_iter_document(&at, &length, &bytes);
        if (bson_init_static(&one, bytes, length))
            each(books, &one);
    }
}

static void count_ticket(struct books *books, const bson_t *ticket)
{
    bson_iter_t at;
    bool keeps = bson_iter_init_find(&at, ticket, "keeps_place") && bson_iter_as_bool(&at);
    if (strcmp(text_in(ticket, "status"), "void") != 0 || keeps)
        add(&books->sold, text_in(ticket, "ticket_type_id"), 1);
}

static void count_item(struct books *books, const bson_t *item)
{
    add(&books->held, text_in(item, "ticket_type_id"), number_of(item, "quantity"));
}

static void check_overdue(struct books *books, const bson_t *order)
{
    int64_t now_ms = world_wall_us(NULL) / 1000;
    bson_iter_t at;
    if (bson_iter_init_find(&at, order, "expires_at") && BSON_ITER_HOLDS_DATE_TIME(&at) &&
        bson_iter_date_time(&at) < now_ms - OVERDUE_MS)
        violation(books->simulation, "E", "%s is still held %" PRId64 " ms after its end",
                  text_in(order, "_id"), now_ms - bson_iter_date_time(&at));
}

static void count_order(struct books *books, const bson_t *order)
{
    add(&books->placed, text_in(order, "external_id"), 1);
    each_of(order, "tickets", count_ticket, books);
    if (strcmp(text_in(order, "status"), "held") == 0) {
        each_of(order, "items", count_item, books);
        check_overdue(books, order);
    }
}

static void check_counter(struct books *books, const bson_t *stock)
{
    const char *type = text_in(stock, "_id");
    int64_t sold = number_of(stock, "sold"), held = number_of(stock, "held");
    if (sold != total(&books->sold, type) || held != total(&books->held, type))
        violation(books->simulation, "A",
                  "%s says %" PRId64 " sold and %" PRId64 " held, its orders %" PRId64
                  " and %" PRId64,
                  type, sold, held, total(&books->sold, type), total(&books->held, type));
}

static void check_ask(const struct books *books, const struct ask *ask, size_t number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "ask-%zu", number);
    int64_t orders = total(&books->placed, name);
    if (orders > 1)
        violation(books->simulation, "B", "%s has %" PRId64 " orders", name, orders);
    if (ask->lost || ask->status == 0 || ask->reuses)
        return;
    if (ask->status == 201 && orders == 0)
        violation(books->simulation, "B", "%s was sold and has no order", name);
    if (ask->status >= 400 && orders > 0)
        violation(books->simulation, "B", "%s was refused with %d and has an order", name,
                  ask->status);
}

static void each_document(struct books *books, const char *collection,
                          void (*each)(struct books *books, const bson_t *document))
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = read_all(books->simulation, collection, arena, &found);
    for (size_t i = 0; i < n; i++) {
        bson_t document;
        if (bson_init_static(&document, found[i].bytes, found[i].n))
            each(books, &document);
    }
    talloc_free(arena);
}

static void check_books(struct simulation *simulation)
{
    struct books books = {.simulation = simulation};
    const struct history *history = &simulation->history;
    each_document(&books, "orders", count_order);
    each_document(&books, "stock", check_counter);
    for (size_t i = 0; i < history->n; i++)
        if (history->asks[i].kind == ASK_PLACE)
            check_ask(&books, &history->asks[i], i);
    table_clear(&books.sold);
    table_clear(&books.held);
    table_clear(&books.placed);
}

static void check_answered(struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    size_t open = 0, first = 0;
    for (size_t i = history->n; i > 0; i--) {
        const struct ask *ask = &history->asks[i - 1];
        if (ask->status != 0 || !ask->answers || !ask->has_id || ask->lost || ask->reuses)
            continue;
        open++;
        first = i - 1;
    }
    if (open > 0)
        violation(simulation, "E", "%zu asks were never answered, the first is %zu (%s)", open,
                  first, history->asks[first].command);
}

static void check_lag(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        const struct simulated_topic *topic = &simulation->broker.topics[i];
        for (int32_t p = 0; topic->kept && p < topic->partitions; p++)
            if (topic->logs[p].end > 0 && broker_committed(topic, p) != topic->logs[p].end)
                violation(simulation, "E", "%s/%d stands at %" PRId64 " of %" PRId64, topic->name,
                          (int)p, broker_committed(topic, p), topic->logs[p].end);
    }
}

static struct progress progress_of(const struct simulation *simulation, int32_t partition,
                                   bool *ret_waits)
{
    struct progress progress = {.batch = simulation->checker.batches[partition]};
    *ret_waits = false;
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        const struct simulated_topic *topic = &simulation->broker.topics[i];
        if (!topic->kept || partition >= topic->partitions)
            continue;
        int64_t committed = broker_committed(topic, partition);
        progress.committed += committed;
        *ret_waits = *ret_waits ||
                     (topic->logs[partition].end > 0 && committed < topic->logs[partition].end);
    }
    return progress;
}

static void look_at(struct simulation *simulation, int32_t partition, int64_t passed_us)
{
    struct progress *before = &simulation->checker.progress[partition];
    bool waits;
    struct progress progress = progress_of(simulation, partition, &waits);
    if (waits && progress.committed == before->committed && progress.batch == before->batch)
        progress.idle_us = before->idle_us + passed_us;
    if (progress.idle_us > STANDSTILL_US) {
        violation(simulation, "E", "nothing is done in partition %d for %d s that nothing hinders",
                  (int)partition, STANDSTILL_US / 1000000);
        progress.idle_us = 0;
    }
    *before = progress;
}

void checker_look(struct simulation *simulation, int64_t passed_us)
{
    bool hindered = faults_hinder(simulation);
    for (int32_t p = 0; p < BROKER_PARTITIONS; p++)
        look_at(simulation, p, hindered ? 0 : passed_us);
}

void checker_rest(struct simulation *simulation)
{
    check_answered(simulation);
    check_lag(simulation);
}

void checker_end(struct simulation *simulation)
{
    if (simulation->world.spins > 0)
        violation(simulation, "E", "a process called without ever waiting");
    check_books(simulation);
    each_unseen(simulation, miss);
}

/* --- What is lost by a fault --- */

/* How far Kafka knows that a partition's fence had come. */
static int64_t noted_batch(const struct simulation *simulation, int32_t partition)
{
    int64_t most = 0;
    for (size_t i = 0; i < simulation->broker.n_topics; i++) {
        int64_t batch = ownership_known(simulation->broker.group.offsets[i][partition].note).batch;
        most = batch > most ? batch : most;
    }
    return most;
}

/* A break is noticed by what is noted beside the offsets: not one between the last note and the
 * last commit. */
static void note_break(struct simulation *simulation, const bson_t *fence)
{
    int32_t partition = partition_of(simulation, fence);
    int64_t batch = number_of(fence, "batch");
    if (partition < 0)
        return;
    if (batch < simulation->checker.batches[partition] &&
        batch >= noted_batch(simulation, partition))
        simulation->checker.unknown_break[partition] = true;
    simulation->checker.batches[partition] = batch;
}

static void note_breaks(struct simulation *simulation)
{
    void *arena = talloc_new(NULL);
    struct document *found;
    size_t n = read_all(simulation, "fences", arena, &found);
    for (size_t i = 0; i < n; i++) {
        bson_t fence;
        if (bson_init_static(&fence, found[i].bytes, found[i].n))
            note_break(simulation, &fence);
    }
    talloc_free(arena);
}

void checker_set_back(struct simulation *simulation, int64_t at)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++) {
        struct ask *ask = &history->asks[i];
        if (ask->status != 0 ? ask->answered_at >= at : !ask->has_id)
            ask->lost = true;
    }
    table_clear(&simulation->checker.facts);
    each_unseen(simulation, forgive);
    note_breaks(simulation);
    table_clear(&simulation->checker.raisers);
    simulation->checker.set_back_at = world->now;
}

void checker_recreated(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++)
        if (history->asks[i].status == 0 && !history->asks[i].has_id)
            history->asks[i].lost = true;
    each_unseen(simulation, forgive);
    simulation->checker.recreated_at = world->now;
}

void checker_open(struct simulation *simulation)
{
    simulation->checker = (struct checker){.set_back_at = -1, .recreated_at = -1};
    simulation->broker.appended = see_record;
    simulation->broker.context = simulation;
    simulation->server.duplicate = see_duplicate;
    database_watch(simulation->server.database, see_commit, simulation);
}

void checker_close(struct simulation *simulation)
{
    table_clear(&simulation->checker.facts);
    table_clear(&simulation->checker.published);
    table_clear(&simulation->checker.sequences);
    table_clear(&simulation->checker.revisions);
    table_clear(&simulation->checker.decided);
    table_clear(&simulation->checker.raisers);
}
