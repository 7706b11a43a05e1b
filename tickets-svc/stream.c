#include "tickets-svc/stream.h"

#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define BEAT_MS 15000
#define LOOK_MS 30000 /* at the latest, since clocks may be set */
#define AGAIN_MS 1000 /* after a question that was not answered */
#define LOOKS_AT_ONCE 64
#define RETRY "retry: 2000\n"
/* The most that is kept for slow readers; the last message always is. */
#define KEPT_MAX 64
#define KEPT_BYTES (1024 * 1024)

struct message {
    size_t refs, size;
    const char *text;
    uint64_t number;
    TAILQ_ENTRY(message) link;
};

struct feed {
    char event_id[ID_SIZE];
    struct streams *owner;
    char tag[AVAILABILITY_TAG_SIZE]; /* of the last message */
    TAILQ_HEAD(, message) messages;
    size_t kept, bytes;
    uint64_t last; /* number of the last message; from 1 */
    LIST_HEAD(, stream) streams;
    bool asking, over;
    int64_t due_ms; /* when it must be looked at */
    TAILQ_ENTRY(feed) due;
    UT_hash_handle hh;
};

struct stream {
    struct feed *feed;
    struct http_request *request;
    struct message *sending; /* held; NULL: between two */
    size_t sent;             /* of it */
    uint64_t seen;           /* the last that was sent, or is */
    int64_t beat_ms;         /* when something must be sent */
    bool beats;              /* it must now */
    LIST_ENTRY(stream) link;
    TAILQ_ENTRY(stream) beat;
};

struct streams {
    struct streams_config config;
    struct feed *feeds;
    TAILQ_HEAD(due_feeds, feed) due; /* the soonest first */
    TAILQ_HEAD(, stream) beats;
    size_t n;
};

/* --- Messages --- */

static void release(struct message *message)
{
    if (message != NULL && --message->refs == 0)
        mem_free(message);
}

static void drop_first(struct feed *feed)
{
    struct message *first = TAILQ_FIRST(&feed->messages);
    TAILQ_REMOVE(&feed->messages, first, link);
    feed->kept--;
    feed->bytes -= first->size;
    release(first);
}

static void keep(struct feed *feed, const char *data)
{
    struct message *message = mem_new(NULL, struct message);
    message->text =
        mem_printf(message, RETRY "id: %s\nevent: availability\ndata: %s\n\n", feed->tag, data);
    message->size = strlen(message->text);
    message->refs = 1;
    message->number = ++feed->last;
    TAILQ_INSERT_TAIL(&feed->messages, message, link);
    feed->kept++;
    feed->bytes += message->size;
    while (feed->kept > KEPT_MAX || (feed->kept > 1 && feed->bytes > KEPT_BYTES))
        drop_first(feed);
}

static struct message *after(const struct feed *feed, uint64_t seen)
{
    struct message *message;
    TAILQ_FOREACH (message, &feed->messages, link)
        if (message->number > seen)
            return message;
    return NULL;
}

/* Whether there is a new message. */
static bool look(struct feed *feed)
{
    const struct streams_config *config = &feed->owner->config;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    char tag[AVAILABILITY_TAG_SIZE];
    const char *text = availability_text(config->table, arena, feed->event_id, NULL,
                                         loop_now(config->loop)->wall_ms,
                                         fact_follower_as_of(config->follower), tag);
    if (text == NULL || strcmp(tag, feed->tag) == 0)
        return false;
    memcpy(feed->tag, tag, sizeof tag);
    keep(feed, text);
    return true;
}

static void wake(const struct feed *feed)
{
    const struct stream *stream;
    LIST_FOREACH (stream, &feed->streams, link)
        http_wake(stream->request);
}

/* --- Feeds: one an event that is watched --- */

static struct feed *find_feed(const struct streams *streams, const char *event_id)
{
    struct feed *feed;
    HASH_FIND_STR(streams->feeds, event_id, feed);
    return feed;
}

/* Most are due later than all others, by the same time. */
static void insert_due(struct feed *feed, int64_t due_ms)
{
    struct streams *streams = feed->owner;
    struct feed *before = TAILQ_LAST(&streams->due, due_feeds);
    while (before != NULL && before->due_ms > due_ms)
        before = TAILQ_PREV(before, due_feeds, due);
    feed->due_ms = due_ms;
    if (before != NULL)
        TAILQ_INSERT_AFTER(&streams->due, before, feed, due);
    else
        TAILQ_INSERT_HEAD(&streams->due, feed, due);
}

static void look_at(struct feed *feed, int64_t due_ms)
{
    TAILQ_REMOVE(&feed->owner->due, feed, due);
    insert_due(feed, due_ms);
}

static void look_now(struct feed *feed)
{
    look_at(feed, loop_now(feed->owner->config.loop)->monotonic_ms);
}

static struct feed *add_feed(struct streams *streams, const char *event_id)
{
    struct feed *feed = mem_new(streams, struct feed);
    feed->owner = streams;
    memcpy(feed->event_id, event_id, strlen(event_id) + 1);
    TAILQ_INIT(&feed->messages);
    LIST_INIT(&feed->streams);
    HASH_ADD_STR(streams->feeds, event_id, feed);
    insert_due(feed, loop_now(streams->config.loop)->monotonic_ms);
    return feed;
}

/* While the event is asked about, the feed is needed for the answer. */
static void remove_feed_unless_needed(struct feed *feed)
{
    const struct streams_config *config = &feed->owner->config;
    if (!LIST_EMPTY(&feed->streams) || feed->asking)
        return;
    while (!TAILQ_EMPTY(&feed->messages))
        drop_first(feed);
    availability_watch(config->table, feed->event_id, false, loop_now(config->loop)->monotonic_ms);
    TAILQ_REMOVE(&feed->owner->due, feed, due);
    HASH_DEL(feed->owner->feeds, feed);
    mem_free(feed);
}

static void on_asked(void *context, enum question_outcome outcome)
{
    struct feed *feed = context;
    feed->asking = false;
    feed->over = outcome == QUESTION_NO_EVENT;
    if (feed->over)
        wake(feed);
    if (outcome == QUESTION_ANSWERED)
        look_now(feed);
    remove_feed_unless_needed(feed);
}

static void ask(struct feed *feed)
{
    if (feed->over || feed->asking)
        return;
    feed->asking = true;
    fact_follower_ask(feed->owner->config.follower, feed->event_id, on_asked, feed);
}

/* The time of sale begins and ends by itself. */
static int64_t due_after(const struct feed *feed, const struct clock_time *now)
{
    int64_t change =
        availability_next_change(feed->owner->config.table, feed->event_id, now->wall_ms);
    return now->monotonic_ms +
           (change - now->wall_ms < LOOK_MS ? change - now->wall_ms : (int64_t)LOOK_MS);
}

static void run_feed(struct feed *feed, const struct clock_time *now)
{
    const struct streams_config *config = &feed->owner->config;
    if (look(feed))
        wake(feed);
    if (!availability_known(config->table, feed->event_id, NULL)) {
        look_at(feed, now->monotonic_ms + AGAIN_MS);
        ask(feed); /* last: it may end at once */
        return;
    }
    look_at(feed, due_after(feed, now));
    availability_watch(config->table, feed->event_id, true, now->monotonic_ms);
    fact_follower_read(config->follower, feed->event_id);
}

void streams_changed(void *user, const char *event_id)
{
    struct feed *feed = find_feed(user, event_id);
    if (feed == NULL)
        return;
    const struct streams_config *config = &feed->owner->config;
    if (look(feed))
        wake(feed);
    int64_t due_ms = due_after(feed, loop_now(config->loop)); /* its times of sale may be others */
    if (!availability_known(config->table, event_id, NULL))
        look_now(feed);
    else if (due_ms < feed->due_ms)
        look_at(feed, due_ms);
}

/* --- Streams --- */

static int leave(struct stream *stream)
{
    struct feed *feed = stream->feed;
    release(stream->sending);
    LIST_REMOVE(stream, link);
    TAILQ_REMOVE(&feed->owner->beats, stream, beat);
    feed->owner->n--;
    remove_feed_unless_needed(feed);
    return 0;
}

static void beat_after(struct stream *stream, int64_t now_ms)
{
    struct streams *streams = stream->feed->owner;
    TAILQ_REMOVE(&streams->beats, stream, beat);
    TAILQ_INSERT_TAIL(&streams->beats, stream, beat);
    stream->beat_ms = now_ms + BEAT_MS;
}

static bool next_message(struct stream *stream)
{
    if (stream->sending != NULL && stream->sent < stream->sending->size)
        return true;
    release(stream->sending);
    stream->sending = after(stream->feed, stream->seen);
    stream->sent = 0;
    if (stream->sending == NULL)
        return false;
    stream->sending->refs++;
    stream->seen = stream->sending->number;
    return true;
}

static size_t copy_messages(struct stream *stream, char *buffer, size_t size)
{
    size_t n = 0;
    while (n < size && next_message(stream)) {
        size_t left = stream->sending->size - stream->sent;
        size_t part = left < size - n ? left : size - n;
        memcpy(buffer + n, stream->sending->text + stream->sent, part);
        stream->sent += part;
        n += part;
    }
    return n;
}

static ssize_t pull(void *user, char *buffer, size_t size)
{
    static const char beat[] = ": \n\n";
    struct stream *stream = user;
    const struct streams_config *config = &stream->feed->owner->config;
    int64_t now_ms = loop_now(config->loop)->monotonic_ms;
    size_t n = copy_messages(stream, buffer, size);
    if (n == 0 && (stream->feed->over || health_is_stopping(config->health)))
        return HTTP_PULL_END;
    if (n == 0 && size >= sizeof beat && stream->beats) {
        n = sizeof beat - 1;
        memcpy(buffer, beat, n);
    }
    if (n == 0)
        return HTTP_PULL_LATER;
    stream->beats = false;
    beat_after(stream, now_ms);
    return (ssize_t)n;
}

static void wake_silent(struct streams *streams, int64_t now_ms)
{
    struct stream *stream;
    while ((stream = TAILQ_FIRST(&streams->beats)) != NULL && stream->beat_ms <= now_ms) {
        stream->beats = true;
        beat_after(stream, now_ms);
        http_wake(stream->request);
    }
}

/* Until what is next due. */
static int64_t sleep_after(const struct streams *streams, int64_t now_ms)
{
    const struct feed *feed = TAILQ_FIRST(&streams->due);
    const struct stream *stream = TAILQ_FIRST(&streams->beats);
    if (stream == NULL)
        return LOOP_ANY_SLEEP; /* nobody watches */
    int64_t due_ms = feed->due_ms < stream->beat_ms ? feed->due_ms : stream->beat_ms;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

static int64_t run(void *user, const struct clock_time *now)
{
    struct streams *streams = user;
    struct feed *feed;
    wake_silent(streams, now->monotonic_ms);
    for (int i = 0; i < LOOKS_AT_ONCE && (feed = TAILQ_FIRST(&streams->due)) != NULL &&
                    feed->due_ms <= now->monotonic_ms;
         i++)
        run_feed(feed, now);
    return sleep_after(streams, now->monotonic_ms);
}

/* A reader who comes back and has seen the present content is not sent it again. */
static uint64_t seen_before(const struct feed *feed, const struct http_request *request)
{
    const char *id = http_header(request, "Last-Event-ID");
    return id != NULL && strcmp(id, feed->tag) == 0 ? feed->last : feed->last - 1;
}

static int free_table(struct streams *streams)
{
    HASH_CLEAR(hh, streams->feeds); /* uthash's buckets are malloc's */
    return 0;
}

struct streams *streams_new(const void *arena, const struct streams_config *config)
{
    struct streams *streams = mem_new(arena, struct streams);
    streams->config = *config;
    talloc_set_destructor(streams, free_table);
    TAILQ_INIT(&streams->due);
    TAILQ_INIT(&streams->beats);
    loop_each_pass(config->loop, run, streams);
    return streams;
}

size_t streams_count(const struct streams *streams)
{
    return streams->n;
}

bool streams_open(struct streams *streams, struct http_request *request, const char *event_id,
                  struct http_response *ret_response)
{
    if (streams->n >= streams->config.max)
        return false;
    struct feed *feed = find_feed(streams, event_id);
    if (feed == NULL)
        feed = add_feed(streams, event_id);
    if (look(feed))
        wake(feed);
    struct stream *stream = mem_new(request->arena, struct stream);
    stream->feed = feed;
    stream->request = request;
    stream->seen = seen_before(feed, request);
    stream->beats = true; /* the header goes out with something */
    stream->beat_ms = loop_now(streams->config.loop)->monotonic_ms + BEAT_MS;
    LIST_INSERT_HEAD(&feed->streams, stream, link);
    TAILQ_INSERT_TAIL(&streams->beats, stream, beat);
    streams->n++;
    talloc_set_destructor(stream, leave);
    *ret_response = (struct http_response){.status = 200,
                                           .content_type = "text/event-stream",
                                           .pull = pull,
                                           .pull_user = stream,
                                           .endless = true};
    return true;
}
