#include "tickets-svc/fact_streams.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/service/stream_limit.h"
#include "tickets-svc/fact_reader.h"

#define BEAT_MS 15000
#define REAP_MS 100
#define REPLAYED_MS (24 * 60 * 60 * INT64_C(1000))
#define LAST_EVENT_ID "Last-Event-ID"

struct fact_stream {
    struct fact_streams *owner;
    struct facade_call *call;
    struct fact_reader *reader; /* NULL: closed */
    bool answered;
    bool beats; /* the position is to be sent */
    int64_t beat_ms;
    LIST_ENTRY(fact_stream) link;
};

/* A reader whose stream has ended, until its thread has. */
struct leaving {
    struct fact_reader *reader;
    LIST_ENTRY(leaving) link;
};

struct fact_streams {
    struct fact_streams_config config;
    int news; /* an eventfd: of any reader */
    size_t n; /* with those that leave */
    size_t open;
    struct stream_limit *of_keys;
    LIST_HEAD(, fact_stream) streams;
    LIST_HEAD(, leaving) leaving;
};

/* --- A stream --- */

static int64_t now_ms(const struct fact_stream *stream)
{
    return loop_now(stream->owner->config.loop)->monotonic_ms;
}

static ssize_t pull(void *user, char *buffer, size_t size)
{
    struct fact_stream *stream = user;
    if (stream->reader == NULL || health_is_stopping(stream->owner->config.health))
        return HTTP_PULL_END;
    /* Asked first, so that nothing is put in between. */
    const bool over = fact_reader_state(stream->reader) == FACTS_ENDED;
    size_t n = fact_reader_take(stream->reader, buffer, size);
    if (n == 0 && over)
        return HTTP_PULL_END;
    if (n == 0 && stream->beats)
        n = fact_reader_place(stream->reader, buffer, size);
    if (n == 0)
        return HTTP_PULL_LATER;
    stream->beats = false;
    stream->beat_ms = now_ms(stream) + BEAT_MS;
    return (ssize_t)n;
}

static void open_stream(struct fact_stream *stream)
{
    stream->beat_ms = now_ms(stream) + BEAT_MS;
    facade_header(stream->call, "Cache-Control", "no-store");
    facade_header(stream->call, "X-Accel-Buffering", "no");
    facade_respond(stream->call, &(struct http_response){.status = 200,
                                                         .content_type = "text/event-stream",
                                                         .pull = pull,
                                                         .pull_user = stream,
                                                         .endless = true});
}

static void refuse(struct facade_call *call, enum problem_code code)
{
    if (code != PROBLEM_gone)
        facade_header(call, "Retry-After", "1");
    facade_refuse(call, code);
}

/* What the reader has found out, or read. */
static void advance(struct fact_stream *stream)
{
    const enum fact_reader_state state = fact_reader_state(stream->reader);
    if (stream->answered) {
        http_wake(facade_request(stream->call));
        return;
    }
    if (state == FACTS_OPENING)
        return;
    stream->answered = true;
    if (state == FACTS_GONE)
        refuse(stream->call, PROBLEM_gone);
    else if (state == FACTS_AWAY)
        refuse(stream->call, PROBLEM_unavailable);
    else
        open_stream(stream);
}

static void leave(void *context)
{
    struct fact_stream *stream = context;
    struct fact_streams *owner = stream->owner;
    if (stream->reader == NULL)
        return;
    struct leaving *leaving = mem_new(owner, struct leaving);
    leaving->reader = stream->reader;
    fact_reader_stop(stream->reader);
    LIST_REMOVE(stream, link);
    LIST_INSERT_HEAD(&owner->leaving, leaving, link);
    stream_limit_leave(owner->of_keys, facade_caller(stream->call));
    owner->open--;
}

/* --- All of them --- */

static void advance_all(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events;
    (void)now;
    struct fact_streams *streams = user;
    uint64_t signals;
    (void)!read(streams->news, &signals, sizeof signals);
    struct fact_stream *stream = LIST_FIRST(&streams->streams);
    while (stream != NULL) {
        struct fact_stream *next = LIST_NEXT(stream, link);
        advance(stream);
        stream = next;
    }
}

static void beat(struct fact_stream *stream, const struct clock_time *now)
{
    if (!stream->answered || stream->beat_ms > now->monotonic_ms)
        return;
    stream->beats = true;
    stream->beat_ms = now->monotonic_ms + BEAT_MS;
    http_wake(facade_request(stream->call));
}

static void reap(struct fact_streams *streams)
{
    struct leaving *leaving = LIST_FIRST(&streams->leaving);
    while (leaving != NULL) {
        struct leaving *next = LIST_NEXT(leaving, link);
        if (fact_reader_stopped(leaving->reader)) {
            fact_reader_close(leaving->reader);
            LIST_REMOVE(leaving, link);
            mem_free(leaving);
            streams->n--;
        }
        leaving = next;
    }
}

static void tick(void *user, const struct clock_time *now)
{
    struct fact_streams *streams = user;
    struct fact_stream *stream = LIST_FIRST(&streams->streams);
    while (stream != NULL) {
        struct fact_stream *next = LIST_NEXT(stream, link);
        beat(stream, now);
        stream = next;
    }
    reap(streams);
}

int fact_streams_open(const void *arena, const struct fact_streams_config *config,
                      struct fact_streams **ret_streams)
{
    struct fact_streams *streams = mem_new(arena, struct fact_streams);
    streams->config = *config;
    LIST_INIT(&streams->streams);
    LIST_INIT(&streams->leaving);
    streams->of_keys = stream_limit_new(streams, FACT_STREAMS_OF_KEY);
    streams->news = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (streams->news < 0)
        return -errno;
    const int r = loop_add(config->loop, streams->news, EPOLLIN, advance_all, streams);
    if (r < 0) {
        (void)close(streams->news);
        return r;
    }
    loop_every(config->loop, REAP_MS, tick, streams);
    *ret_streams = streams;
    return 0;
}

void fact_streams_close(struct fact_streams *streams)
{
    struct leaving *leaving;
    struct fact_stream *stream;
    while ((stream = LIST_FIRST(&streams->streams)) != NULL) {
        leave(stream);
        stream->reader = NULL;
    }
    while ((leaving = LIST_FIRST(&streams->leaving)) != NULL) {
        LIST_REMOVE(leaving, link);
        fact_reader_close(leaving->reader);
    }
    loop_remove(streams->config.loop, streams->news);
    (void)close(streams->news);
}

size_t fact_streams_count(const struct fact_streams *streams)
{
    return streams->open;
}

bool fact_streams_accept(struct facade_call *call)
{
    struct fact_position position;
    const char *id = http_header(facade_request(call), LAST_EVENT_ID);
    if (id == NULL || fact_position_read(id, &position))
        return true;
    facade_refuse_header(call, PROBLEM_invalid_request, LAST_EVENT_ID);
    return false;
}

static int start_reader(struct fact_stream *stream, const char *event_id)
{
    struct fact_position position;
    const struct fact_streams *streams = stream->owner;
    const char *id = http_header(facade_request(stream->call), LAST_EVENT_ID);
    return fact_reader_open(
        &(struct fact_reader_config){
            .bus = streams->config.bus,
            .event_id = event_id,
            .position = id != NULL && fact_position_read(id, &position) ? &position : NULL,
            .since_ms = loop_now(streams->config.loop)->wall_ms - REPLAYED_MS,
            .news = streams->news},
        &stream->reader);
}

/* Whether there is room for it; if not, the call is answered. */
static bool enter(struct fact_stream *stream)
{
    struct fact_streams *streams = stream->owner;
    const bool room = streams->n < FACT_STREAMS_MAX;
    if (room && stream_limit_enter(streams->of_keys, facade_caller(stream->call)))
        return true;
    refuse(stream->call, room ? PROBLEM_too_many_streams : PROBLEM_overloaded);
    return false;
}

void fact_streams_serve(struct fact_streams *streams, struct facade_call *call,
                        const char *event_id)
{
    struct fact_stream *stream = mem_new(facade_request(call)->arena, struct fact_stream);
    stream->owner = streams;
    stream->call = call;
    if (!enter(stream))
        return;
    if (start_reader(stream, event_id) < 0) {
        stream_limit_leave(streams->of_keys, facade_caller(call));
        refuse(call, PROBLEM_overloaded);
        return;
    }
    streams->n++;
    streams->open++;
    LIST_INSERT_HEAD(&streams->streams, stream, link);
    facade_set_context(call, stream, leave);
}
