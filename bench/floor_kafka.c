/* floor_kafka: what Kafka alone can do: messages to a topic that another thread sends back on a
 * second one, as many under way as there are connections.
 *
 * Prints a line of JSON. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/latencies.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/admin.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"

#define VALUE_SIZE 300 /* about a purchase */
#define AHEAD_BYTES (8 * 1024 * 1024)
#define QUESTION_MS 10000
#define PATIENCE_US 15000000

static const char *const topics[] = {"floor.there", "floor.back"};

struct side {
    struct bus_producer *producer;
    struct bus_reader *reader;
    const char *to;
};

struct floor_kafka {
    struct bus_config bus;
    struct side client, echo;
    atomic_bool over;
    struct latencies latencies;
    size_t waiting;
};

static void give_up(const char *what)
{
    fprintf(stderr, "floor_kafka: %s\n", what);
    exit(EXIT_FAILURE);
}

static void make_topics(const struct bus_config *bus)
{
    const struct bus_topic wanted[] = {{topics[0], 1, 1, NULL}, {topics[1], 1, 1, NULL}};
    struct bus_admin *admin;
    if (bus_admin_open(bus, &admin) < 0 || bus_admin_create(admin, wanted, 2, QUESTION_MS) < 0)
        give_up("the topics cannot be made");
    bus_admin_close(admin);
}

static void open_side(const struct bus_config *bus, struct side *side, const char *from,
                      const char *to)
{
    const struct bus_producer_config config = {.errors_only = true, .repeatable = true};
    struct bus_partition end = {.topic = from};
    side->to = to;
    if (bus_producer_open(bus, &config, &side->producer) < 0 ||
        bus_reader_open(bus, AHEAD_BYTES, &side->reader) < 0 ||
        bus_producer_warm(side->producer, &to, 1, QUESTION_MS) < 0 ||
        bus_reader_ends(side->reader, &end, 1, QUESTION_MS) < 0 ||
        bus_reader_start(side->reader, from, 0, end.offset) < 0)
        give_up("Kafka does not answer");
}

static void close_side(struct side *side)
{
    bus_reader_close(side->reader);
    bus_producer_close(side->producer);
}

static void send(struct side *side, const void *value, size_t size)
{
    const struct bus_record record = {
        .topic = side->to, .partition = 0, .value = value, .value_size = size};
    if (bus_producer_send(side->producer, &record) < 0)
        give_up("a message cannot be sent");
}

static void *echo(void *context)
{
    struct floor_kafka *floor = context;
    struct bus_message message;
    while (!floor->over) {
        if (bus_reader_poll(floor->echo.reader, 100, &message) != 1)
            continue;
        send(&floor->echo, message.value, message.value_size);
        bus_message_free(&message);
    }
    return NULL;
}

/* A message begins with the time at which it was sent. */
static void ask(struct floor_kafka *floor)
{
    char value[VALUE_SIZE] = {0};
    const int64_t now = clock_read().monotonic_us;
    memcpy(value, &now, sizeof now);
    floor->waiting++;
    send(&floor->client, value, sizeof value);
}

static void take(struct floor_kafka *floor, struct bus_message *message)
{
    int64_t sent_us;
    memcpy(&sent_us, message->value, sizeof sent_us);
    bus_message_free(message);
    floor->waiting--;
    latencies_add(&floor->latencies, clock_read().monotonic_us - sent_us);
}

static void run(struct floor_kafka *floor, size_t connections, int64_t end_us)
{
    struct bus_message message;
    for (size_t i = 0; i < connections; i++)
        ask(floor);
    for (int64_t now = 0; floor->waiting > 0 && now < end_us + PATIENCE_US;
         now = clock_read().monotonic_us) {
        if (bus_reader_poll(floor->client.reader, 100, &message) != 1)
            continue;
        take(floor, &message);
        if (now < end_us)
            ask(floor);
    }
}

int main(int argc, char *argv[])
{
    pthread_t thread;
    if (argc != 4 || atoi(argv[2]) < 1) {
        fprintf(stderr, "usage: %s KAFKA_BROKERS CONNECTIONS SECONDS\n", argv[0]);
        return EXIT_FAILURE;
    }
    mem_init();
    void *arena = mem_arena(NULL, 0);
    struct floor_kafka floor = {.bus = {.brokers = argv[1], .client_id = "floor"},
                                .latencies.arena = arena};
    make_topics(&floor.bus);
    open_side(&floor.bus, &floor.client, topics[1], topics[0]);
    open_side(&floor.bus, &floor.echo, topics[0], topics[1]);
    if (pthread_create(&thread, NULL, echo, &floor) != 0)
        give_up("no thread");
    const int64_t start = clock_read().monotonic_us;
    run(&floor, (size_t)atoi(argv[2]), start + (int64_t)(atof(argv[3]) * 1e6));
    const int64_t elapsed = clock_read().monotonic_us - start;
    floor.over = true;
    (void)pthread_join(thread, NULL);
    printf("{");
    latencies_print(&floor.latencies, elapsed);
    printf("}\n");
    close_side(&floor.client);
    close_side(&floor.echo);
    mem_free(arena);
    return EXIT_SUCCESS;
}
