#include "db-svc/topics_keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "db-svc/topics.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"

#define LOOK_MS 2000 /* between looks while all is well */
#define RETRY_MS 200
#define QUESTION_MS 2000

static const char looking[] = "looking for the topics";
static const char away[] = "Kafka is away";
static const char missing[] = "a topic is missing in Kafka";

struct topics_keeper {
    void *arena;
    const struct settings *settings;
    struct bus_admin *admin;
    _Atomic(const char *) unready; /* NULL: all are there */
    atomic_uint_fast64_t clusters;
    pthread_t thread;
    struct stop_flag stop;
    pthread_mutex_t lock;
    const char *cluster; /* under the lock */
};

static void say(struct topics_keeper *keeper, int r, const char *reason)
{
    const char *before = keeper->unready, *why = NULL;
    if (r == -EINVAL || r == -EACCES)
        why = before != NULL && strcmp(before, reason) == 0 ? before
                                                            : mem_strdup(keeper->arena, reason);
    else if (r < 0)
        why = r == -ENOENT ? missing : away;
    if (why != NULL && why != before)
        log_warning("topics.waiting", LOG_STR("reason", why));
    keeper->unready = why;
}

static void note_cluster(struct topics_keeper *keeper)
{
    const char *id;
    if (bus_admin_cluster_id(keeper->admin, keeper->arena, QUESTION_MS, &id) < 0)
        return;
    if (keeper->cluster != NULL && strcmp(keeper->cluster, id) == 0) {
        mem_free((void *)id);
        return;
    }
    if (keeper->cluster != NULL)
        log_warning("topics.another_cluster", LOG_STR("was", keeper->cluster), LOG_STR("is", id));
    (void)pthread_mutex_lock(&keeper->lock);
    keeper->cluster = id;
    (void)pthread_mutex_unlock(&keeper->lock);
    keeper->clusters++;
}

static int look(struct topics_keeper *keeper, char reason[TOPICS_REASON_SIZE])
{
    int r = topics_look(keeper->admin, keeper->settings, reason);
    if (r == -ENOENT) {
        log_info("topics.creating");
        r = topics_create(keeper->admin, keeper->settings);
        if (r == -EACCES)
            (void)snprintf(reason, TOPICS_REASON_SIZE,
                           "topics are missing and Kafka gives no right to Create them");
        if (r == 0)
            r = topics_look(keeper->admin, keeper->settings, reason);
    }
    if (r == 0)
        note_cluster(keeper);
    return r;
}

static void *run(void *context)
{
    struct topics_keeper *keeper = context;
    char reason[TOPICS_REASON_SIZE] = "";
    int r;
    do {
        r = look(keeper, reason);
        say(keeper, r, reason);
    } while (!stop_flag_wait(&keeper->stop, r == 0 ? LOOK_MS : RETRY_MS));
    return NULL;
}

int topics_keeper_start(const struct bus_config *bus, const struct settings *settings,
                        struct topics_keeper **ret_keeper)
{
    void *arena = mem_arena(NULL, 0);
    struct topics_keeper *keeper = mem_new(arena, struct topics_keeper);
    keeper->arena = arena;
    keeper->settings = settings;
    keeper->unready = looking;
    stop_flag_open(&keeper->stop);
    (void)pthread_mutex_init(&keeper->lock, NULL);
    int r = bus_admin_open(bus, &keeper->admin);
    if (r == 0)
        r = -pthread_create(&keeper->thread, NULL, run, keeper);
    if (r < 0) {
        bus_admin_close(keeper->admin);
        mem_free(arena);
        return r;
    }
    *ret_keeper = keeper;
    return 0;
}

void topics_keeper_stop(struct topics_keeper *keeper)
{
    if (keeper == NULL)
        return;
    stop_flag_set(&keeper->stop);
    (void)pthread_join(keeper->thread, NULL);
    stop_flag_close(&keeper->stop);
    (void)pthread_mutex_destroy(&keeper->lock);
    bus_admin_close(keeper->admin);
    mem_free(keeper->arena);
}

const char *topics_keeper_unready(const struct topics_keeper *keeper)
{
    return keeper->unready;
}

uint64_t topics_keeper_clusters(const struct topics_keeper *keeper)
{
    return keeper->clusters;
}

const char *topics_keeper_cluster(struct topics_keeper *keeper, const void *arena)
{
    (void)pthread_mutex_lock(&keeper->lock);
    const char *cluster = mem_strdup(arena, keeper->cluster);
    (void)pthread_mutex_unlock(&keeper->lock);
    return cluster;
}
