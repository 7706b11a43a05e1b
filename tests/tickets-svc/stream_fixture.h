/* stream_fixture: the streams of one event, their readers, and a clock that the test moves. */
#pragma once

#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/ids.h"
#include "tickets-svc/stream.h"

#define NOW 1777658400000 /* 2026-05-01T18:00:00Z */
#define MOST 3

static struct {
    void *arena;
    struct availability_table *table;
    struct health *health;
    struct streams *streams;
    struct clock_time now;
    loop_hook *run;
    void *running;
    int64_t sleep;             /* that the last pass allowed */
    fact_follower_done *asked; /* NULL: no question is out */
    void *asking;
    int wakes, reads;
    const char *last_event_id;
    int64_t rev;
} t;

const struct clock_time *loop_now(const struct loop *loop)
{
    (void)loop;
    return &t.now;
}

void loop_each_pass(struct loop *loop, loop_hook *hook, void *user)
{
    (void)loop;
    t.run = hook;
    t.running = user;
}

int64_t fact_follower_as_of(const struct fact_follower *follower)
{
    (void)follower;
    return t.now.wall_ms;
}

void fact_follower_ask(struct fact_follower *follower, const char *event_id,
                       fact_follower_done *done, void *context)
{
    (void)follower;
    ck_assert_str_eq(event_id, EVENT_ID);
    ck_assert_ptr_null(t.asked);
    t.asked = done;
    t.asking = context;
}

void fact_follower_read(struct fact_follower *follower, const char *event_id)
{
    (void)follower;
    ck_assert_str_eq(event_id, EVENT_ID);
    t.reads++;
}

const char *http_header(const struct http_request *request, const char *name)
{
    (void)request;
    ck_assert_str_eq(name, "Last-Event-ID");
    return t.last_event_id;
}

void http_wake(struct http_request *request)
{
    (void)request;
    t.wakes++;
}

static inline void changed(void *context, const char *event_id)
{
    (void)context;
    if (t.streams != NULL)
        streams_changed(t.streams, event_id);
}

static inline void learn(const char *more)
{
    char *text = mem_printf(
        t.arena,
        "{\"status\":\"published\",\"version\":1,\"items\":[{\"ticket_type_id\":\"" GENERAL_ID
        "\",\"type\":\"general\",\"name\":\"Stalls\",\"price\":{\"amount\":1,\"currency\":\"EUR\"},"
        "\"capacity\":1000,\"sold\":0,\"held\":0,\"version\":1,\"rev\":1%s}]}",
        more);
    json_t *json = json_loads(text, 0, NULL);
    availability_ask(t.table, EVENT_ID, t.now.monotonic_ms);
    ck_assert_int_eq(availability_answer(t.table, EVENT_ID, json), 0);
    json_decref(json);
}

static inline void begin_with(const char *more)
{
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    t.now = (struct clock_time){.monotonic_ms = 5000, .wall_ms = NOW};
    t.table = availability_new(t.arena, changed, NULL);
    t.health = health_new(t.arena);
    t.rev = 1;
    t.streams = streams_new(
        t.arena, &(struct streams_config){.health = t.health, .table = t.table, .max = MOST});
    learn(more);
}

static inline void begin(void)
{
    begin_with("");
}

static inline void end(void)
{
    mem_free(t.arena);
}

static inline void told(const char *type, const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    ck_assert_int_eq(availability_fact(t.table, type, EVENT_ID, json), 0);
    json_decref(json);
}

static inline void sell_up_to(int64_t sold)
{
    t.rev++;
    told("order.placed",
         mem_printf(t.arena,
                    "{\"event_id\":\"" EVENT_ID "\",\"stock\":[{\"ticket_type_id\":\"" GENERAL_ID
                    "\",\"capacity\":1000,\"sold\":%lld,\"held\":0,\"rev\":%lld}]}",
                    (long long)sold, (long long)t.rev));
}

static inline void pass_ms(int64_t ms)
{
    t.now.monotonic_ms += ms;
    t.now.wall_ms += ms;
    t.sleep = t.run(t.running, &t.now);
}

struct reader {
    struct http_request request;
    struct http_response response;
    ssize_t last; /* what the last pull said */
    char text[256 * 1024];
};

static inline struct reader *open_reader(void)
{
    struct reader *reader = mem_new(t.arena, struct reader);
    reader->request.arena = mem_arena(t.arena, 0);
    if (!streams_open(t.streams, &reader->request, EVENT_ID, &reader->response))
        return NULL;
    ck_assert_int_eq(reader->response.status, 200);
    ck_assert_str_eq(reader->response.content_type, "text/event-stream");
    return reader;
}

static inline void close_reader(struct reader *reader)
{
    mem_free(reader->request.arena);
}

/* All there is to be had now, `size` bytes at once. */
static inline const char *pull_by(struct reader *reader, size_t size)
{
    size_t length = 0;
    while ((reader->last =
                reader->response.pull(reader->response.pull_user, reader->text + length, size)) > 0)
        length += (size_t)reader->last;
    reader->text[length] = '\0';
    return reader->text;
}

static inline const char *pull(struct reader *reader)
{
    return pull_by(reader, 8192);
}

/* Of the last message. */
static inline int64_t sold(const char *text)
{
    const char *at = NULL;
    while ((text = strstr(text, "\"sold\":")) != NULL)
        at = text += strlen("\"sold\":");
    return at != NULL ? strtoll(at, NULL, 10) : -1;
}
