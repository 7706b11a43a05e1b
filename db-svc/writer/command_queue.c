#include "db-svc/writer/command_queue.h"

#include <string.h>
#include <sys/queue.h>

#include "db-svc/rules/rules.h"
#include "libshared/contract/topic.h"
#include "libshared/base/mem.h"

#define GIVES_WAY topic_name(MODULE_NOTIFICATIONS, TOPIC_COMMANDS)

#define BATCH_BYTES (4 * 1024 * 1024)
#define BATCH_CHANGES 5000

/* The most that is taken of commands that give way, in records changed: with no others near, and
 * with some. */
#define ALONE 256
#define BESIDE 32
/* Others are near for so long after they came: who was answered may come again. */
#define NEAR_US 50000
/* While they are, the time that the one took is followed by so many times as much without it. */
#define REST 2

/* Commands that may wait. */
#define FIRST_MAX 500
#define BEHIND_MAX 2000
#define BYTES_MAX (2 * BATCH_BYTES)

struct waiting {
    STAILQ_ENTRY(waiting) link;
    struct bus_message message;
    size_t changes;
};

struct line {
    STAILQ_HEAD(, waiting) list;
    size_t n;
};

struct command_queue {
    struct line first, behind;
    size_t bytes;
    int64_t others_us;         /* when others were last taken */
    int64_t began_us, free_us; /* of what gives way: when some was taken, and when more may be */
    bool behind_runs;          /* in the batch taken last */
};

/* A batch as it grows. */
struct taking {
    struct bus_message *messages;
    size_t most, n, bytes, changes;
};

static void begin(struct line *line)
{
    STAILQ_INIT(&line->list);
    line->n = 0;
}

struct command_queue *command_queue_new(const void *arena)
{
    struct command_queue *queue = mem_new(arena, struct command_queue);
    queue->others_us = -NEAR_US;
    begin(&queue->first);
    begin(&queue->behind);
    return queue;
}

static void take_first(struct command_queue *queue, struct line *line,
                       struct bus_message *ret_message)
{
    struct waiting *waiting = STAILQ_FIRST(&line->list);
    STAILQ_REMOVE_HEAD(&line->list, link);
    line->n--;
    queue->bytes -= waiting->message.value_size;
    bus_message_take(&waiting->message, ret_message);
    mem_free(waiting);
}

static void clear(struct command_queue *queue, struct line *line)
{
    while (line->n > 0) {
        struct bus_message message;
        take_first(queue, line, &message);
        bus_message_free(&message);
    }
}

void command_queue_clear(struct command_queue *queue)
{
    clear(queue, &queue->first);
    clear(queue, &queue->behind);
}

static void drop_of(struct command_queue *queue, struct line *line, int32_t partition)
{
    for (size_t left = line->n; left > 0; left--) {
        struct waiting *waiting = STAILQ_FIRST(&line->list);
        if (waiting->message.partition != partition) {
            STAILQ_REMOVE_HEAD(&line->list, link);
            STAILQ_INSERT_TAIL(&line->list, waiting, link);
            continue;
        }
        struct bus_message message;
        take_first(queue, line, &message);
        bus_message_free(&message);
    }
}

void command_queue_drop(struct command_queue *queue, int32_t partition)
{
    drop_of(queue, &queue->first, partition);
    drop_of(queue, &queue->behind, partition);
}

bool command_queue_has_room(const struct command_queue *queue)
{
    return queue->first.n < FIRST_MAX && queue->behind.n < BEHIND_MAX && queue->bytes < BYTES_MAX;
}

bool command_queue_empty(const struct command_queue *queue)
{
    return queue->first.n == 0 && queue->behind.n == 0;
}

/* How many records its decision may change. */
static size_t changes_of(const struct bus_message *message)
{
    struct bus_header header;
    char type[64];
    if (!bus_message_header(message, "ce_type", &header) || header.value == NULL ||
        header.size >= sizeof type)
        return 1;
    memcpy(type, header.value, header.size);
    type[header.size] = '\0';
    const struct handler *decision = rules_find(type);
    return decision != NULL && decision->changes > 0 ? decision->changes : 1;
}

void command_queue_put(struct command_queue *queue, struct bus_message *message_take)
{
    bool gives_way = strcmp(message_take->topic, GIVES_WAY) == 0;
    struct line *line = gives_way ? &queue->behind : &queue->first;
    struct waiting *waiting = mem_new(queue, struct waiting);
    waiting->changes = changes_of(message_take);
    bus_message_take(message_take, &waiting->message);
    STAILQ_INSERT_TAIL(&line->list, waiting, link);
    line->n++;
    queue->bytes += waiting->message.value_size;
}

static bool fits(const struct taking *taking, const struct waiting *waiting)
{
    return taking->n < taking->most &&
           (taking->n == 0 || (taking->bytes + waiting->message.value_size <= BATCH_BYTES &&
                               taking->changes + waiting->changes <= BATCH_CHANGES));
}

/* From one line, as many as fit and as change no more than `budget`; but the first in any case. */
static void take(struct command_queue *queue, struct line *line, size_t budget,
                 struct taking *taking)
{
    size_t changes = 0;
    while (line->n > 0) {
        const struct waiting *waiting = STAILQ_FIRST(&line->list);
        if (!fits(taking, waiting) || (changes > 0 && changes + waiting->changes > budget))
            return;
        changes += waiting->changes;
        taking->changes += waiting->changes;
        taking->bytes += waiting->message.value_size;
        take_first(queue, line, &taking->messages[taking->n++]);
    }
}

static bool others_are_near(const struct command_queue *queue, int64_t now_us)
{
    return queue->first.n > 0 || now_us - queue->others_us < NEAR_US;
}

static bool rests(const struct command_queue *queue, int64_t now_us)
{
    return others_are_near(queue, now_us) && now_us < queue->free_us;
}

int64_t command_queue_wait_us(const struct command_queue *queue, int64_t now_us)
{
    if (command_queue_empty(queue))
        return INT64_MAX;
    if (queue->first.n > 0 || !rests(queue, now_us))
        return 0;
    int64_t far_us = queue->others_us + NEAR_US;
    return (far_us < queue->free_us ? far_us : queue->free_us) - now_us;
}

static void end_batch(struct command_queue *queue, int64_t now_us)
{
    if (queue->behind_runs)
        queue->free_us = now_us + REST * (now_us - queue->began_us);
    queue->behind_runs = false;
}

size_t command_queue_take(struct command_queue *queue, int64_t now_us,
                          struct bus_message *ret_messages, size_t most)
{
    struct taking taking = {.messages = ret_messages, .most = most};
    end_batch(queue, now_us);
    bool resting = rests(queue, now_us);
    size_t budget = others_are_near(queue, now_us) ? BESIDE : ALONE;
    take(queue, &queue->first, BATCH_CHANGES, &taking);
    if (taking.n > 0)
        queue->others_us = now_us;
    size_t others = taking.n;
    if (!resting)
        take(queue, &queue->behind, budget, &taking);
    queue->behind_runs = taking.n > others;
    queue->began_us = now_us;
    return taking.n;
}
