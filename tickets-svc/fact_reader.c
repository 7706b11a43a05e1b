#include "tickets-svc/fact_reader.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/id.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/reader.h"
#include "libshared/record/json_text.h"

enum {
    ATTEMPT_MS = 1000, /* one question to the broker */
    ATTEMPTS = 4,      /* then it is away */
    POLL_MS = 100,     /* how soon the thread notices that it shall end */
    SILENT_POLLS = 50, /* without a message where there must be some: the broker is away */
    AHEAD_BYTES = 512 * 1024,
    SEARCHED = 2000000, /* messages, of whatever event */
};

struct fact_reader {
    struct bus_config bus;
    char event_id[ID_SIZE];
    size_t event_id_size;
    bool from_position;
    int64_t since_ms;
    int news;
    pthread_t thread;
    atomic_bool stop, stopped;
    /* The thread's: */
    struct bus_reader *reader;
    int32_t partition;
    struct fact_position next; /* to be read */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t taken;
    enum fact_reader_state state;
    struct fact_position place; /* behind all that was put */
    char *kept;
    size_t room, from, to; /* of `kept` */
};

/* --- What both threads see --- */

static void tell(const struct fact_reader *reader)
{
    static const uint64_t one = 1;
    (void)!write(reader->news, &one, sizeof one);
}

static void enter(struct fact_reader *reader, enum fact_reader_state state)
{
    (void)pthread_mutex_lock(&reader->mutex);
    reader->state = state;
    reader->place = reader->next;
    (void)pthread_mutex_unlock(&reader->mutex);
    tell(reader);
}

static void append(struct fact_reader *reader, const char *text, size_t size)
{
    if (reader->from == reader->to)
        reader->from = reader->to = 0;
    if (reader->to + size > reader->room) {
        memmove(reader->kept, reader->kept + reader->from, reader->to - reader->from);
        reader->to -= reader->from;
        reader->from = 0;
    }
    if (reader->to + size > reader->room) {
        reader->kept = mem_grow(NULL, reader->kept, char, reader->to + size);
        reader->room = reader->to + size;
    }
    memcpy(reader->kept + reader->to, text, size);
    reader->to += size;
}

/* One larger than all that is kept goes when nothing else waits. */
static bool is_full(const struct fact_reader *reader, size_t size)
{
    const size_t waiting = reader->to - reader->from;
    return waiting > 0 && waiting + size > FACTS_KEPT;
}

/* `text` NULL: the position alone has moved. */
static void put(struct fact_reader *reader, const char *text)
{
    const size_t size = text != NULL ? strlen(text) : 0;
    (void)pthread_mutex_lock(&reader->mutex);
    while (size > 0 && is_full(reader, size) && !reader->stop)
        (void)pthread_cond_wait(&reader->taken, &reader->mutex);
    if (size > 0)
        append(reader, text, size);
    reader->place = reader->next;
    (void)pthread_mutex_unlock(&reader->mutex);
    if (size > 0)
        tell(reader);
}

/* --- The log --- */

static bool is_ours(const struct fact_reader *reader, const struct bus_message *message)
{
    return message->unreadable == NULL && message->key != NULL &&
           message->key_size == reader->event_id_size &&
           memcmp(message->key, reader->event_id, message->key_size) == 0;
}

static int topic_index(const struct bus_message *message)
{
    int i = 0;
    while (i < FACT_TOPICS - 1 && strcmp(fact_topics[i], message->topic) != 0)
        i++;
    return i;
}

/* False: the log does not go on where it was. */
static bool step(struct fact_position *next, const struct bus_message *message)
{
    int64_t *expected = &next->next[topic_index(message)];
    const int64_t at = message->unreadable != NULL ? message->lost_from : message->offset;
    if (at > *expected || message->offset < *expected)
        return false;
    *expected = message->offset + 1;
    return true;
}

static int start(struct fact_reader *reader)
{
    int r = 0;
    for (int i = 0; r == 0 && i < FACT_TOPICS; i++)
        r = bus_reader_start(reader->reader, fact_topics[i], reader->partition,
                             reader->next.next[i]);
    return r;
}

static int find_edges(struct fact_reader *reader, struct fact_position *ret_begins,
                      struct fact_position *ret_ends)
{
    struct bus_partition begins[FACT_TOPICS] = {{0}}, ends[FACT_TOPICS] = {{0}};
    int32_t n;
    int r = bus_reader_partitions(reader->reader, fact_topics[0], ATTEMPT_MS, &n);
    if (r < 0)
        return r;
    reader->partition = partitioner_murmur2(reader->event_id, reader->event_id_size, n);
    for (int i = 0; i < FACT_TOPICS; i++)
        begins[i] = ends[i] =
            (struct bus_partition){.topic = fact_topics[i], .partition = reader->partition};
    r = bus_reader_begins(reader->reader, begins, FACT_TOPICS, ATTEMPT_MS);
    if (r == 0)
        r = bus_reader_ends(reader->reader, ends, FACT_TOPICS, ATTEMPT_MS);
    for (int i = 0; i < FACT_TOPICS; i++) {
        ret_begins->next[i] = begins[i].offset;
        ret_ends->next[i] = ends[i].offset;
    }
    return r;
}

static bool is_behind(const struct fact_position *position, const struct fact_position *ends)
{
    for (int i = 0; i < FACT_TOPICS; i++)
        if (position->next[i] < ends->next[i])
            return true;
    return false;
}

static bool is_kept(const struct fact_position *position, const struct fact_position *begins,
                    const struct fact_position *ends)
{
    for (int i = 0; i < FACT_TOPICS; i++)
        if (position->next[i] < begins->next[i] || position->next[i] > ends->next[i])
            return false;
    return true;
}

/* Counts what would be replayed before any of it is sent: afterwards it could not be refused. */
static enum fact_reader_state search(struct fact_reader *reader, const struct fact_position *ends)
{
    struct fact_position at = reader->next;
    struct bus_message message;
    int facts = 0, silent = 0;
    if (start(reader) < 0)
        return FACTS_AWAY;
    for (int i = 0; is_behind(&at, ends) && !reader->stop; i++) {
        if (bus_reader_poll(reader->reader, POLL_MS, &message) != 1) {
            if (++silent == SILENT_POLLS)
                return FACTS_AWAY;
            continue;
        }
        silent = 0;
        const bool goes_on = step(&at, &message), ours = is_ours(reader, &message);
        const bool old =
            ours && message.timestamp_ms >= 0 && message.timestamp_ms < reader->since_ms;
        bus_message_free(&message);
        facts += ours;
        if (!goes_on || old || facts > FACTS_REPLAYED || i == SEARCHED)
            return FACTS_GONE;
    }
    return start(reader) < 0 ? FACTS_AWAY : FACTS_OPEN;
}

static enum fact_reader_state begin(struct fact_reader *reader)
{
    struct fact_position begins, ends;
    int r = -1;
    if (bus_reader_open(&reader->bus, AHEAD_BYTES, &reader->reader) < 0)
        return FACTS_AWAY;
    for (int i = 0; r < 0 && i < ATTEMPTS && !reader->stop; i++)
        r = find_edges(reader, &begins, &ends);
    if (r < 0)
        return FACTS_AWAY;
    if (!reader->from_position)
        reader->next = ends;
    if (!is_kept(&reader->next, &begins, &ends))
        return FACTS_GONE;
    if (is_behind(&reader->next, &ends))
        return search(reader, &ends);
    return start(reader) < 0 ? FACTS_AWAY : FACTS_OPEN;
}

/* --- Facts as text --- */

static void add_headers(json_t *fact, const struct bus_message *message)
{
    struct bus_header header;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++)
        if (strncmp(header.name, "ce_", 3) == 0 && header.value != NULL)
            (void)json_object_set_new(fact, header.name, json_stringn(header.value, header.size));
}

/* NULL: it cannot be read. malloc'ed. */
static char *fact_text(const struct bus_message *message)
{
    MESSAGE_LOG(message);
    json_t *body =
        message->value != NULL ? json_loadb(message->value, message->value_size, 0, NULL) : NULL;
    if (body == NULL) {
        log_warning("facts.unreadable", LOG_STR("topic", message->topic),
                    LOG_INT("partition", message->partition), LOG_INT("offset", message->offset));
        return NULL;
    }
    json_t *fact = json_pack("{ss}", "topic", message->topic);
    add_headers(fact, message);
    (void)json_object_set_new(fact, "data", body);
    return json_text_take(NULL, fact);
}

static bool is_last(const struct bus_message *message)
{
    struct bus_header type;
    return bus_message_header(message, "ce_type", &type) && type.value != NULL &&
           strcmp(type.value, "event.deleted") == 0;
}

/* From where a reader goes on who has read no fact yet. */
static void put_beginning(struct fact_reader *reader)
{
    char place[FACT_POSITION_SIZE], text[FACT_POSITION_SIZE + 40];
    fact_position_write(place, &reader->next);
    (void)snprintf(text, sizeof text, "retry: 2000\nid: %s\n\n", place);
    put(reader, text);
}

static void put_fact(struct fact_reader *reader, const struct bus_message *message)
{
    char place[FACT_POSITION_SIZE];
    char *data = fact_text(message);
    if (data != NULL) {
        fact_position_write(place, &reader->next);
        char *text = mem_printf(NULL, "id: %s\nevent: fact\ndata: %s\n\n", place, data);
        put(reader, text);
        mem_free(text);
    }
    mem_free(data);
}

/* --- The thread --- */

static void follow(struct fact_reader *reader)
{
    struct bus_message message;
    bool more = true;
    while (more && !reader->stop) {
        if (bus_reader_poll(reader->reader, POLL_MS, &message) != 1)
            continue;
        more = step(&reader->next, &message);
        if (more && is_ours(reader, &message)) {
            put_fact(reader, &message);
            more = !is_last(&message);
        } else if (more) {
            put(reader, NULL);
        }
        bus_message_free(&message);
    }
    enter(reader, FACTS_ENDED);
}

static void *run(void *context)
{
    struct fact_reader *reader = context;
    const enum fact_reader_state state = begin(reader);
    if (state == FACTS_OPEN)
        put_beginning(reader);
    enter(reader, state);
    if (state == FACTS_OPEN)
        follow(reader);
    bus_reader_close(reader->reader);
    reader->stopped = true;
    tell(reader);
    return NULL;
}

int fact_reader_open(const struct fact_reader_config *config, struct fact_reader **ret_reader)
{
    struct fact_reader *reader = mem_new(NULL, struct fact_reader);
    reader->bus = config->bus;
    reader->event_id_size = strlen(config->event_id);
    memcpy(reader->event_id, config->event_id, reader->event_id_size + 1);
    reader->from_position = config->position != NULL;
    if (reader->from_position)
        reader->next = *config->position;
    reader->since_ms = config->since_ms;
    reader->news = config->news;
    (void)pthread_mutex_init(&reader->mutex, NULL);
    (void)pthread_cond_init(&reader->taken, NULL);
    const int r = -pthread_create(&reader->thread, NULL, run, reader);
    if (r < 0)
        mem_free(reader);
    else
        *ret_reader = reader;
    return r;
}

/* --- For the loop's thread --- */

enum fact_reader_state fact_reader_state(struct fact_reader *reader)
{
    (void)pthread_mutex_lock(&reader->mutex);
    const enum fact_reader_state state = reader->state;
    (void)pthread_mutex_unlock(&reader->mutex);
    return state;
}

size_t fact_reader_take(struct fact_reader *reader, char *buffer, size_t size)
{
    (void)pthread_mutex_lock(&reader->mutex);
    const size_t waiting = reader->to - reader->from, n = waiting < size ? waiting : size;
    if (n > 0)
        memcpy(buffer, reader->kept + reader->from, n);
    reader->from += n;
    (void)pthread_cond_signal(&reader->taken);
    (void)pthread_mutex_unlock(&reader->mutex);
    return n;
}

size_t fact_reader_place(struct fact_reader *reader, char *buffer, size_t size)
{
    char place[FACT_POSITION_SIZE], text[FACT_POSITION_SIZE + 8];
    (void)pthread_mutex_lock(&reader->mutex);
    const bool waits = reader->to > reader->from;
    fact_position_write(place, &reader->place);
    (void)pthread_mutex_unlock(&reader->mutex);
    const size_t n = (size_t)snprintf(text, sizeof text, "id: %s\n\n", place);
    if (waits || n > size)
        return 0;
    memcpy(buffer, text, n);
    return n;
}

void fact_reader_stop(struct fact_reader *reader)
{
    (void)pthread_mutex_lock(&reader->mutex);
    reader->stop = true;
    (void)pthread_cond_signal(&reader->taken);
    (void)pthread_mutex_unlock(&reader->mutex);
}

bool fact_reader_stopped(struct fact_reader *reader)
{
    return reader->stopped;
}

void fact_reader_close(struct fact_reader *reader)
{
    fact_reader_stop(reader);
    (void)pthread_join(reader->thread, NULL);
    (void)pthread_cond_destroy(&reader->taken);
    (void)pthread_mutex_destroy(&reader->mutex);
    mem_free(reader->kept);
    mem_free(reader);
}
