/* event_pictures: the pictures of events as db-svc keeps them, some of them in memory, so that
 * whoever shows one often asks for it once.
 *
 * EVENT_PICTURES_MAX of at most PICTURE_BYTES_MAX each; what was not used for the longest goes
 * first. A picture that many want at once is asked for once. The loop's thread; freed with its
 * arena, once the replies are closed. */
#pragma once

#include "libshared/kafka/replies.h"
#include "libshared/service/picture_answer.h"

#define EVENT_PICTURES_MAX 32
#define EVENT_PICTURES_FRESH_MS 2000 /* how old the newest one may be */

struct event_pictures;
/* Sends a query over Kafka. */
typedef void event_pictures_ask(void *user, const struct replies_request *request);
struct event_pictures *event_pictures_new(const void *arena, event_pictures_ask *ask, void *user);

/* One that somebody holds stays. */
struct shown_picture {
    struct picture_file_read file;
    unsigned held;
};
struct shown_picture *shown_picture_hold(struct shown_picture *picture); /* NULL gives NULL */
void shown_picture_release(struct shown_picture *picture);               /* NULL is allowed */

enum event_picture_outcome { EVENT_PICTURE_SHOWN, EVENT_PICTURE_NONE, EVENT_PICTURE_UNKNOWN };
/* `picture` is there if it is shown, and until this returns unless it is held. */
typedef void event_pictures_done(void *context, enum event_picture_outcome outcome,
                                 struct shown_picture *picture);
struct event_pictures_wanted {
    const char *event_id;
    /* What the picture is known to be: if it has changed meanwhile, what it is now is told. NULL:
     * not known, and one that was asked for a moment ago will do. */
    const char *sha256;
    event_pictures_done *done; /* told once, perhaps at once, unless forgotten */
    void *context;
};
void event_pictures_want(struct event_pictures *pictures,
                         const struct event_pictures_wanted *wanted, int64_t now_ms);
/* Whoever waits with this context is told nothing. */
void event_pictures_forget(struct event_pictures *pictures, const void *context);
