#include "db-svc/reply_drops.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define TOPIC_SIZE 250 /* Kafka's longest, and its end */

struct pair {
    char topic[TOPIC_SIZE];
    const char *cause; /* a constant */
    uint64_t count, logged;
};

struct reply_drops {
    pthread_mutex_t lock;
    size_t n;
    struct pair pairs[REPLY_DROPS_MAX + 1];
};

struct reply_drops *reply_drops_new(const void *arena)
{
    struct reply_drops *drops = mem_new(arena, struct reply_drops);
    (void)pthread_mutex_init(&drops->lock, NULL);
    return drops;
}

static const char *cause_of(int error)
{
    switch (error) {
    case -ENOENT:
        return "no_topic";
    case -ENXIO:
        return "no_partition";
    case -EACCES:
        return "not_authorized";
    case -EMSGSIZE:
        return "too_large";
    case -EAGAIN:
        return "queue_full";
    case -ETIMEDOUT:
        return "timed_out";
    default:
        return "failed";
    }
}

static struct pair *pair_of(struct reply_drops *drops, const char *topic, const char *cause)
{
    for (size_t i = 0; i < drops->n; i++)
        if (drops->pairs[i].cause == cause && strcmp(drops->pairs[i].topic, topic) == 0)
            return &drops->pairs[i];
    if (drops->n == REPLY_DROPS_MAX) {
        drops->pairs[drops->n].cause = "any";
        return &drops->pairs[drops->n];
    }
    struct pair *pair = &drops->pairs[drops->n++];
    *pair = (struct pair){.cause = cause};
    strncpy(pair->topic, topic, TOPIC_SIZE - 1);
    return pair;
}

static void count(struct reply_drops *drops, const char *topic, const char *cause)
{
    (void)pthread_mutex_lock(&drops->lock);
    pair_of(drops, topic, cause)->count++;
    (void)pthread_mutex_unlock(&drops->lock);
}

void reply_drops_count(struct reply_drops *drops, const char *topic, int error)
{
    count(drops, topic, cause_of(error));
}

void reply_drops_not_allowed(struct reply_drops *drops, const char *topic)
{
    count(drops, topic, "not_allowed");
}

void reply_drops_each(struct reply_drops *drops,
                      void (*seen)(void *user, const struct reply_drop *drop), void *user)
{
    (void)pthread_mutex_lock(&drops->lock);
    for (size_t i = 0; i <= drops->n; i++) {
        const struct pair *pair = &drops->pairs[i];
        if (pair->count > 0)
            seen(user, &(struct reply_drop){pair->topic, pair->cause, pair->count});
    }
    (void)pthread_mutex_unlock(&drops->lock);
}

void reply_drops_log(struct reply_drops *drops, const char *of)
{
    (void)pthread_mutex_lock(&drops->lock);
    for (size_t i = 0; i <= drops->n; i++) {
        struct pair *pair = &drops->pairs[i];
        if (pair->count > pair->logged)
            log_warning("reply.dropped", LOG_STR("of", of), LOG_STR("topic", pair->topic),
                        LOG_STR("cause", pair->cause), LOG_INT("count", pair->count - pair->logged),
                        LOG_INT("total", pair->count));
        pair->logged = pair->count;
    }
    (void)pthread_mutex_unlock(&drops->lock);
}
