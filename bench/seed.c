/* seed: events with a ticket type each, or an event's orders, or the people on its list, put into
 * the database in bulk, as the writer would have left them, with all indexes; receipts and the
 * event's counts apart, and those are the caller's to set. Prints how many there are so far, now
 * and then. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/direct.h"
#include "bench/sample.h"
#include "libshared/base/clock.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define BATCH ANCHOR_EVERY
#define ORDERS 250 /* of a batch: each has ten index entries */
#define EVENTS 250 /* likewise: each is three records */
#define SAY_EVERY 20000
#define YEAR_ORDERS 1000000
#define APART_MS 30000
#define YEAR_MS 31536000000

struct seed {
    struct direct direct;
    const char *event_id;       /* NULL: events are asked for */
    const char *ticket_type_id; /* NULL, of an event: people are asked for */
    int64_t first, count;
};

/* Names as different as people's. */
static const char *name_of(const void *arena, int64_t n)
{
    static const char *const first[] = {"Ada",   "María",   "José", "Fátima", "Lars", "Núria",
                                        "Chloé", "Andrzej", "Yuki", "Olga",   "Iván", "Grace"};
    static const char *const last[] = {"Lovelace", "García",   "Hopper",   "Núñez", "Kowalski",
                                       "Tanaka",   "Ferreira", "Martínez", "Øster", "Dubois",
                                       "Ivanova",  "Serra",    "Álvarez"};
    const size_t firsts = sizeof first / sizeof *first, lasts = sizeof last / sizeof *last;
    size_t i = (size_t)n * 7919;
    return mem_printf(arena, "%s %s %s", first[i % firsts], last[i / firsts % lasts],
                      last[i / firsts / lasts % lasts]);
}

/* "maria.garcia.serra42" */
static const char *mail_name_of(const void *arena, const char *name, int64_t n)
{
    char *folded = text_fold(arena, name, false);
    for (char *c = folded; *c != '\0'; c++)
        *c = *c == ' ' ? '.' : *c;
    return mem_printf(arena, "%s%" PRId64, folded, n);
}

static const char *phone_of(const void *arena, int64_t n)
{
    return mem_printf(arena, "+346%08" PRId64, n);
}

/* Somewhere in a year of sales, so that a search meets them as it goes back in time. */
static void sold_at(const void *arena, struct order *order, int64_t n)
{
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(arena, ID_SIZE);
    int64_t at = clock_wall_ms() - (n * 7919 % YEAR_ORDERS) * APART_MS;
    randombytes_buf(random, sizeof random);
    id_make(id, ORDER_PREFIX, at, random);
    order->id = id;
    order->created_at = order->updated_at = at;
}

static struct store_change insert(const struct collection *collection, const char *id,
                                  const void *record)
{
    return (struct store_change){
        .kind = STORE_INSERT, .collection = collection, .id = id, .record = record};
}

static struct store_change sample(const struct seed *seed, const void *arena, int64_t n)
{
    const char *who = mem_printf(arena, "person%" PRId64, n);
    if (seed->ticket_type_id != NULL) {
        const char *name = name_of(arena, n);
        struct order *order =
            sample_order(arena, seed->event_id, seed->ticket_type_id, mail_name_of(arena, name, n));
        order->buyer->name = name;
        order->buyer->phone = phone_of(arena, n);
        sold_at(arena, order, n);
        return insert(&collection_orders, order->id, order);
    }
    const struct attendee *attendee =
        sample_attendee(arena, seed->event_id, name_of(arena, n),
                        mem_printf(arena, "%s@example.org", who), phone_of(arena, n));
    return insert(&collection_attendees, attendee->id, attendee);
}

static size_t add_event(const void *arena, int64_t n, struct store_change *changes)
{
    const int64_t starts_at = clock_wall_ms() + YEAR_MS + n * APART_MS;
    const struct event *event =
        sample_event(arena, mem_printf(arena, "Seeded %" PRId64, n), starts_at);
    const struct ticket_type *type = sample_ticket_type(arena, event->id);
    changes[0] = insert(&collection_events, event->id, event);
    changes[1] = insert(&collection_ticket_types, type->id, type);
    changes[2] = insert(&collection_stock, type->id, sample_stock(arena, type));
    return 3;
}

static struct store_change mark(const struct seed *seed, const void *arena, const char *id)
{
    struct list_anchor *mark = mem_new(arena, struct list_anchor);
    *mark = (struct list_anchor){.id = id, .version = 1, .rev = 1, .event_id = seed->event_id};
    return insert(&collection_list_anchors, id, mark);
}

static void put(struct seed *seed, int64_t from, int64_t to)
{
    struct store_change changes[BATCH + 1];
    size_t n = 0;
    void *arena = mem_arena(NULL, 0);
    for (int64_t i = from; i < to; i++)
        if (seed->event_id == NULL)
            n += add_event(arena, seed->first + i, changes + n);
        else
            changes[n++] = sample(seed, arena, seed->first + i);
    if (seed->event_id != NULL && seed->ticket_type_id == NULL)
        changes[n++] = mark(seed, arena, changes[0].id);
    direct_commit(&seed->direct, changes, n, NULL, 0);
    mem_free(arena);
}

static int64_t batch_of(const struct seed *seed)
{
    if (seed->event_id == NULL)
        return EVENTS;
    return seed->ticket_type_id != NULL ? ORDERS : BATCH;
}

int main(int argc, char *argv[])
{
    char name[32];
    if (argc < 5 || argc > 7) {
        fprintf(stderr, "usage: %s MONGO_URI DATABASE FIRST COUNT [EVENT_ID [TICKET_TYPE_ID]]\n",
                argv[0]);
        return EXIT_FAILURE;
    }
    snprintf(name, sizeof name, "seed-%d", (int)getpid());
    struct seed seed = {.direct = direct_open(argv[1], argv[2], name),
                        .first = atoll(argv[3]),
                        .count = atoll(argv[4]),
                        .event_id = argv[5],
                        .ticket_type_id = argc > 6 ? argv[6] : NULL};
    for (int64_t done = 0; done < seed.count;) {
        int64_t batch = batch_of(&seed);
        int64_t end = done + batch < seed.count ? done + batch : seed.count;
        put(&seed, done, end);
        done = end;
        if (done % SAY_EVERY == 0 || done == seed.count) {
            printf("%" PRId64 "\n", done);
            (void)fflush(stdout);
        }
    }
    direct_close(&seed.direct);
    return EXIT_SUCCESS;
}
