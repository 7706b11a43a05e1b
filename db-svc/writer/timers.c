#include "db-svc/writer/timers.h"

#include <string.h>
#include <uthash.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/command.h"

/* The command of a record that is due: one that names it, or, for a job, that of its next page. */
static const struct timer {
    const struct collection *collection;
    const char *command, *verb;
    enum command_id id;
} kinds[] = {
    {&collection_orders, "order.expire", "expire", ID_ORDER},
    {&collection_notifications, "notification.send", "send", ID_NOTIFICATION},
    {&collection_deliveries, "delivery.requeue", "requeue", ID_DELIVERY},
    {&collection_imports, "attendee.import_lapse", "lapse", ID_IMPORT},
    {.collection = &collection_jobs},
};

#define KINDS (sizeof kinds / sizeof *kinds)

/* Commands a run, and of those what one partition's records of a kind may have: what they cause is
 * the writer's work, too. */
#define DUE_MOST 200
#define PAGE_MOST 100
/* A database that is slow to answer must not keep sales waiting for a whole round. */
#define SLICE_MS 50
#define REPEAT_MS 5000

/* The commands that were sent lately. */
struct sent {
    const char *id;
    UT_hash_handle hh;
};

struct timers {
    void *arena; /* of the hash */
    struct sent *sent;
    int64_t since;
    size_t next; /* the place where the next run begins */
};

static int clear(struct timers *timers)
{
    HASH_CLEAR(hh, timers->sent);
    return 0;
}

struct timers *timers_new(void *arena)
{
    struct timers *timers = mem_new(arena, struct timers);
    talloc_set_destructor(timers, clear);
    return timers;
}

static void forget_old(struct timers *timers, int64_t now)
{
    if (timers->arena != NULL && now - timers->since < REPEAT_MS && now >= timers->since)
        return;
    (void)clear(timers);
    mem_free(timers->arena);
    timers->arena = mem_arena(timers, 0);
    timers->since = now;
}

struct sending {
    struct timers *timers;
    struct publisher *publisher;
    const struct timer *kind;
    int64_t now;
    void *arena;
    size_t n; /* commands sent */
};

static int64_t due_at(const struct collection *collection, const void *record)
{
    const struct field *field = record_field(collection->record, "due_at");
    return ((const struct opt_time *)((const char *)record + field->offset))->ms;
}

static void send(struct sending *s, const struct outgoing *command)
{
    struct sent *sent = NULL;
    HASH_FIND_STR(s->timers->sent, command->id, sent);
    if (sent != NULL || publisher_command(s->publisher, command, s->now) < 0)
        return; /* sent lately; or else still due at the next look */
    sent = mem_new(s->timers->arena, struct sent);
    sent->id = mem_strdup(s->timers->arena, command->id);
    HASH_ADD_KEYPTR(hh, s->timers->sent, sent->id, strlen(sent->id), sent);
    s->n++;
}

static void send_page(void *context, void *record)
{
    struct sending *s = context;
    const struct job *job = record;
    const struct command *command = job->type != NULL ? command_find(job->type) : NULL;
    if (command != NULL && job->command_id != NULL && job->body != NULL)
        send(s, &(struct outgoing){.topic = command_topic(command),
                                   .key = job->event_id,
                                   .type = command->type,
                                   .id = job->command_id,
                                   .sequence = -1,
                                   .body = job->body});
}

static void send_due(void *context, void *record)
{
    struct sending *s = context;
    const char *id = ((const struct common *)record)->id;
    const char *event_id = s->kind->collection->event_id(record);
    char due[CLOCK_TEXT_SIZE];
    clock_format(due, due_at(s->kind->collection, record));
    send(s, &(struct outgoing){.topic = command_topic(command_find(s->kind->command)),
                               .key = event_id,
                               .type = s->kind->command,
                               .id = mem_printf(s->arena, "%s/%s/%s", s->kind->verb, id, due),
                               .sequence = -1,
                               .body = mem_printf(s->arena, "{\"event_id\":\"%s\",\"%s\":\"%s\"}",
                                                  event_id, command_id_name(s->kind->id), id)});
}

/* Every kind of every partition is a place; a run goes round from where the last one stopped. */
int timers_run(struct timers *timers, struct store *store, struct publisher *publisher,
               const int32_t *partitions, size_t n, int64_t now, bool *ret_more)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const size_t places = n * KINDS;
    const int64_t until = clock_monotonic_ms() + SLICE_MS;
    size_t i = 0;
    struct sending sending = {.timers = timers, .publisher = publisher, .now = now, .arena = arena};
    int r = 0;
    forget_old(timers, now);
    for (; r == 0 && i < places && sending.n < DUE_MOST && (i == 0 || clock_monotonic_ms() < until);
         i++, timers->next++) {
        const size_t place = timers->next % places;
        sending.kind = &kinds[place / n];
        r = store_load_due(store, arena, sending.kind->collection, partitions[place % n], now,
                           PAGE_MOST, sending.kind->command != NULL ? send_due : send_page,
                           &sending);
    }
    *ret_more = sending.n >= PAGE_MOST || i < places;
    return r;
}
