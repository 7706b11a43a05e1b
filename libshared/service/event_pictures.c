#include "libshared/service/event_pictures.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/command.h"

#define SHA256_SIZE 65
#define QUERY "picture.get"

struct waiting {
    TAILQ_ENTRY(waiting) next;
    event_pictures_done *done;
    void *context;
};
TAILQ_HEAD(waitings, waiting);

struct place {
    struct event_pictures *pictures;
    char event_id[ID_SIZE], wanted[SHA256_SIZE]; /* what it was asked for; "": the newest */
    bool asking, known;                          /* known: `picture`, or that there is none */
    struct shown_picture *picture;
    int64_t asked_ms;
    uint64_t used; /* when, counted in uses of any */
    struct waitings waiting;
};

struct event_pictures {
    event_pictures_ask *ask;
    void *user;
    uint64_t uses;
    struct place places[EVENT_PICTURES_MAX];
};

struct shown_picture *shown_picture_hold(struct shown_picture *picture)
{
    if (picture != NULL)
        picture->held++;
    return picture;
}

void shown_picture_release(struct shown_picture *picture)
{
    if (picture != NULL && --picture->held == 0)
        mem_free(picture);
}

struct event_pictures *event_pictures_new(const void *arena, event_pictures_ask *ask, void *user)
{
    struct event_pictures *pictures = mem_new(arena, struct event_pictures);
    pictures->ask = ask;
    pictures->user = user;
    for (size_t i = 0; i < EVENT_PICTURES_MAX; i++) {
        pictures->places[i].pictures = pictures;
        TAILQ_INIT(&pictures->places[i].waiting);
    }
    return pictures;
}

/* --- What is answered --- */

static void tell(const struct place *place, event_pictures_done *done, void *context)
{
    enum event_picture_outcome outcome = !place->known            ? EVENT_PICTURE_UNKNOWN
                                         : place->picture != NULL ? EVENT_PICTURE_SHOWN
                                                                  : EVENT_PICTURE_NONE;
    done(context, outcome, place->picture);
}

static void drop(struct place *place)
{
    shown_picture_release(place->picture);
    place->picture = NULL;
    place->known = false;
}

static void keep(struct place *place, const struct reply *reply)
{
    bool answered = reply->outcome == REPLY_ANSWERED;
    drop(place);
    place->known = answered && reply->status == 404;
    if (!answered || reply->status != 200)
        return;
    struct shown_picture *picture = mem_new(place->pictures, struct shown_picture);
    if (picture_answer_read(picture, reply->body, reply->body_size, &picture->file)) {
        place->picture = shown_picture_hold(picture);
        place->known = true;
    } else {
        mem_free(picture);
    }
}

static void on_reply(void *context, const struct reply *reply)
{
    struct place *place = context;
    struct waiting *waiting;
    keep(place, reply);
    while ((waiting = TAILQ_FIRST(&place->waiting)) != NULL) { /* still asking: nobody else does */
        TAILQ_REMOVE(&place->waiting, waiting, next);
        tell(place, waiting->done, waiting->context);
        mem_free(waiting);
    }
    place->asking = false;
}

/* --- What is wanted --- */

static struct place *find(struct event_pictures *pictures, const char *event_id)
{
    struct place *oldest = NULL;
    for (size_t i = 0; i < EVENT_PICTURES_MAX; i++) {
        struct place *place = &pictures->places[i];
        if (strcmp(place->event_id, event_id) == 0)
            return place;
        if (!place->asking && (oldest == NULL || place->used < oldest->used))
            oldest = place;
    }
    if (oldest == NULL)
        return NULL;
    drop(oldest);
    (void)snprintf(oldest->event_id, sizeof oldest->event_id, "%s", event_id);
    return oldest;
}

static bool serves(const struct place *place, const char *sha256, int64_t now_ms)
{
    if (place->asking || !place->known)
        return false;
    if (sha256 == NULL)
        return now_ms - place->asked_ms < EVENT_PICTURES_FRESH_MS;
    return strcmp(place->wanted, sha256) == 0 ||
           (place->picture != NULL && strcmp(place->picture->file.sha256, sha256) == 0);
}

static void ask(struct place *place, const char *sha256, int64_t now_ms)
{
    uint8_t random[16];
    char id[UUID_SIZE], body[ID_SIZE + 32];
    randombytes_buf(random, sizeof random);
    id_uuid(id, random);
    (void)snprintf(body, sizeof body, "{\"event_id\":\"%s\"}", place->event_id);
    (void)snprintf(place->wanted, sizeof place->wanted, "%s", sha256 != NULL ? sha256 : "");
    place->asking = true;
    place->asked_ms = now_ms;
    place->pictures->ask(place->pictures->user,
                         &(struct replies_request){.topic = command_topic(command_find(QUERY)),
                                                   .type = QUERY,
                                                   .id = id,
                                                   .body = body,
                                                   .body_size = strlen(body),
                                                   .done = on_reply,
                                                   .context = place});
}

void event_pictures_want(struct event_pictures *pictures,
                         const struct event_pictures_wanted *wanted, int64_t now_ms)
{
    struct place *place = find(pictures, wanted->event_id);
    if (place == NULL) {
        wanted->done(wanted->context, EVENT_PICTURE_UNKNOWN, NULL);
        return;
    }
    place->used = ++pictures->uses;
    if (serves(place, wanted->sha256, now_ms)) {
        tell(place, wanted->done, wanted->context);
        return;
    }
    struct waiting *waiting = mem_new(pictures, struct waiting);
    waiting->done = wanted->done;
    waiting->context = wanted->context;
    TAILQ_INSERT_TAIL(&place->waiting, waiting, next);
    if (!place->asking)
        ask(place, wanted->sha256, now_ms);
}

void event_pictures_forget(struct event_pictures *pictures, const void *context)
{
    for (size_t i = 0; i < EVENT_PICTURES_MAX; i++)
        for (struct waiting *waiting = TAILQ_FIRST(&pictures->places[i].waiting), *after;
             waiting != NULL; waiting = after) {
            after = TAILQ_NEXT(waiting, next);
            if (waiting->context != context)
                continue;
            TAILQ_REMOVE(&pictures->places[i].waiting, waiting, next);
            mem_free(waiting);
        }
}
