#include "libshared/kafka/member.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/retry.h"
#include "libshared/kafka/native.h"

enum {
    MEND_MS = 10000,      /* between replacements, lest two of one name chase each other */
    MEND_CLOSE_MS = 1000, /* for a handle that is beyond repair */
    REJOIN_MS = 5000,     /* of a member that was assigned nothing */
    REJOIN_MOST_MS = 300000,
    JOIN_MS = 8000, /* longer than the session of a member that others wait for */
    JOIN_MOST_MS = 60000,
};

struct member {
    struct bus_consumer_config config;
    rd_kafka_t *handle;
    rd_kafka_conf_t *conf;
    rd_kafka_topic_partition_list_t *topics;
    rd_kafka_topic_partition_list_t *held; /* told as assigned; NULL: none */
    int64_t mend_at;                       /* the earliest */
    struct retry rejoin;                   /* of one that was assigned nothing */
    struct retry join;                     /* with another handle, of one without an assignment */
    int signal_fd;                         /* -1: none */
};

static void list_free(rd_kafka_topic_partition_list_t **list)
{
    rd_kafka_topic_partition_list_destroy(*list);
}

static rd_kafka_topic_partition_list_t *list_of(const struct bus_partition *partitions, size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_topic_partition_t *one =
            rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition);
        one->offset = partitions[i].offset;
        if (partitions[i].note[0] != '\0') {
            one->metadata = strdup(partitions[i].note); /* the list frees it */
            one->metadata_size = one->metadata != NULL ? strlen(one->metadata) : 0;
        }
    }
    return list;
}

/* Borrows the topics' names from the list. */
static struct bus_partition *partitions_of(const rd_kafka_topic_partition_list_t *list)
{
    struct bus_partition *partitions = mem_array(NULL, struct bus_partition, list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        partitions[i] = (struct bus_partition){.topic = list->elems[i].topic,
                                               .partition = list->elems[i].partition,
                                               .offset = BUS_NONE};
    }
    return partitions;
}

/* An operation can fail for some partitions only; the first failure is the caller's. */
static int result(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && list != NULL && i < list->cnt; i++)
        error = list->elems[i].err;
    return native_errno(error);
}

/* --- Assigned and revoked --- */

static void forget_held(struct member *member)
{
    if (member->held != NULL) {
        rd_kafka_topic_partition_list_destroy(member->held);
        member->held = NULL;
    }
}

/* Where a broker came back empty the group may have been joined before the topics were there, and
 * librdkafka does not always see that they are. One that has nothing since others have all asks in
 * vain, and ever less often. */
static void plan_rejoin(struct member *member, bool has_none)
{
    if (has_none)
        (void)retry_plan(&member->rejoin, clock_monotonic_ms());
    else
        retry_reset(&member->rejoin);
}

static void notify_assigned(struct member *member, const rd_kafka_topic_partition_list_t *list)
{
    plan_rejoin(member, list->cnt == 0);
    retry_reset(&member->join);
    forget_held(member);
    member->held = rd_kafka_topic_partition_list_copy(list);
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(member->held);
    member->config.assigned(member->config.context, partitions, (size_t)list->cnt);
}

static void notify_revoked(struct member *member, bool lost)
{
    retry_cancel(&member->rejoin);
    if (lost)
        retry_reset(&member->rejoin);
    if (member->held == NULL)
        return;
    (void)retry_plan(&member->join, clock_monotonic_ms());
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(member->held);
    member->config.revoked(member->config.context, partitions, (size_t)member->held->cnt, lost);
    forget_held(member);
}

/* librdkafka takes an assignment of nothing for an answer: it reads nothing. */
static void rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t event,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct member *member = opaque;
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *none =
        rd_kafka_topic_partition_list_new(0);
    const bool assigned = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (assigned)
        notify_assigned(member, list);
    else
        notify_revoked(member, rd_kafka_assignment_lost(handle));
    const int r = native_errno(rd_kafka_assign(handle, assigned ? none : NULL));
    if (r < 0)
        log_error("kafka.assign", LOG_ERRNO(r));
}

static void committed(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    (void)list;
    (void)opaque;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET)
        log_warning("kafka.commit", LOG_STR("error", rd_kafka_err2name(error)));
}

/* --- Beginning and end --- */

static rd_kafka_conf_t *configure(const struct bus_config *bus,
                                  const struct bus_consumer_config *config,
                                  char error[BUS_ERROR_SIZE])
{
    const char *instance = config->instance_id;
    return native_conf(bus,
                       (const struct native_property[]){
                           {"group.id", config->group},
                           {"partition.assignment.strategy", "range"},
                           {"session.timeout.ms", "6000"},
                           {"heartbeat.interval.ms", "1500"},
                           {"enable.auto.commit", "false"},
                           {"enable.auto.offset.store", "false"},
                           /* How soon a topic that appears later is found. */
                           {"topic.metadata.refresh.interval.ms", "5000"},
                           {instance != NULL ? "group.instance.id" : NULL, instance},
                           {NULL, NULL},
                       },
                       error);
}

static rd_kafka_topic_partition_list_t *topics_of(const struct bus_consumer_config *config)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)config->n_topics);
    for (size_t i = 0; i < config->n_topics; i++)
        rd_kafka_topic_partition_list_add(list, config->topics[i], RD_KAFKA_PARTITION_UA);
    return list;
}

static void set_signal(struct member *member)
{
    static const uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(member->handle);
    rd_kafka_queue_io_event_enable(queue, member->signal_fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
}

void member_signal(struct member *member, int fd)
{
    member->signal_fd = fd;
    set_signal(member);
}

/* A handle of its own for the member, subscribed. */
static int join(struct member *member)
{
    const int r =
        native_open(RD_KAFKA_CONSUMER, rd_kafka_conf_dup(member->conf), NULL, &member->handle);
    if (r < 0)
        return r;
    (void)retry_plan(&member->join, clock_monotonic_ms());
    rd_kafka_poll_set_consumer(member->handle);
    if (member->signal_fd >= 0)
        set_signal(member);
    return native_errno(rd_kafka_subscribe(member->handle, member->topics));
}

static void *destroy(void *handle)
{
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

/* Without rd_kafka_consumer_close(): it ends the process, or never returns, where a callback of a
 * rebalance under way asks for something of the consumer. A thread, since librdkafka waits for
 * commits of which a broker that stands still says nothing; left behind, it ends by itself. */
static void leave(struct member *member, int timeout_ms)
{
    pthread_t thread;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_create(&thread, NULL, destroy, member->handle) != 0)
        (void)destroy(member->handle);
    else if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) != 0)
        (void)pthread_detach(thread);
    member->handle = NULL;
}

static bool is_broken(const struct member *member)
{
    char why[1];
    return rd_kafka_fatal_error(member->handle, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void free_member(struct member *member)
{
    forget_held(member);
    rd_kafka_topic_partition_list_destroy(member->topics);
    rd_kafka_conf_destroy(member->conf);
    mem_free(member);
}

int member_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                struct member **ret_member)
{
    char error[BUS_ERROR_SIZE];
    rd_kafka_conf_t *conf = configure(bus, config, error);
    if (conf == NULL) {
        log_error("kafka.config", LOG_STR("error", error));
        return -EINVAL;
    }
    struct member *member = mem_new(NULL, struct member);
    member->config = *config;
    member->conf = conf;
    member->topics = topics_of(config);
    member->rejoin = (struct retry){.first_ms = REJOIN_MS, .most_ms = REJOIN_MOST_MS};
    member->join = (struct retry){.first_ms = config->join_ms > 0 ? config->join_ms : JOIN_MS,
                                  .most_ms = JOIN_MOST_MS};
    member->signal_fd = -1;
    rd_kafka_conf_set_opaque(conf, member);
    rd_kafka_conf_set_offset_commit_cb(conf, committed);
    rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    const int r = join(member);
    if (r < 0) {
        member_close(member, 0);
        return r;
    }
    *ret_member = member;
    return 0;
}

void member_close(struct member *member, int timeout_ms)
{
    if (member == NULL)
        return;
    if (member->handle != NULL) {
        notify_revoked(member, is_broken(member) || rd_kafka_assignment_lost(member->handle));
        leave(member, timeout_ms);
    }
    free_member(member);
}

/* --- Serving --- */

/* Joins anew with another handle: the broken one tells nobody what is revoked. */
static int mend(struct member *member)
{
    const int64_t now = clock_monotonic_ms();
    if (member->config.instance_id == NULL)
        return -ESHUTDOWN;
    if (now < member->mend_at)
        return 0;
    member->mend_at = now + MEND_MS;
    log_error("kafka.fenced", LOG_STR("handle", rd_kafka_name(member->handle)));
    notify_revoked(member, true);
    leave(member, MEND_CLOSE_MS);
    return join(member);
}

/* Most errors pass by themselves and librdkafka has logged them. */
static int event_errno(rd_kafka_resp_err_t error, const char *group)
{
    const int r = native_errno(error);
    if (error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        log_error("kafka.not_authorized", LOG_STR("group", group), LOG_STR("right", "Read"));
    return r == -ENOENT || r == -ENXIO || r == -EACCES ? r : 0;
}

/* Subscribes to the same topics: a leader that joins again has the group assigned anew. */
static void rejoin_if_due(struct member *member)
{
    if (member->handle == NULL || !retry_is_due(&member->rejoin, clock_monotonic_ms()))
        return;
    retry_cancel(&member->rejoin);
    log_info("kafka.rejoin", LOG_STR("handle", rd_kafka_name(member->handle)));
    (void)rd_kafka_subscribe(member->handle, member->topics);
}

/* The group may wait for another member for as long as its session lasts; what takes longer is
 * librdkafka's. */
static int join_anew_if_due(struct member *member)
{
    if (member->handle == NULL || !retry_is_due(&member->join, clock_monotonic_ms()))
        return 0;
    log_warning("kafka.join_anew", LOG_STR("handle", rd_kafka_name(member->handle)));
    leave(member, MEND_CLOSE_MS);
    return join(member);
}

int member_serve(struct member *member)
{
    rejoin_if_due(member);
    int r = join_anew_if_due(member);
    for (rd_kafka_message_t *event; r == 0 && member->handle != NULL &&
                                    (event = rd_kafka_consumer_poll(member->handle, 0)) != NULL;) {
        r = event_errno(event->err, member->config.group);
        rd_kafka_message_destroy(event);
    }
    return member->handle == NULL || is_broken(member) ? mend(member) : r;
}

/* --- Offsets --- */

static int commit_and_wait(struct member *member, rd_kafka_topic_partition_list_t *list,
                           int timeout_ms)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(member->handle);
    rd_kafka_resp_err_t error = rd_kafka_commit_queue(member->handle, list, queue, NULL, NULL);
    rd_kafka_event_t *event =
        error == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_queue_poll(queue, timeout_ms) : NULL;
    int r = native_errno(error);
    if (event != NULL)
        r = result(rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event));
    else if (r == 0)
        r = -ETIMEDOUT;
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return r;
}

int member_commit(struct member *member, const struct bus_partition *partitions, size_t n,
                  int timeout_ms)
{
    if (member->handle == NULL)
        return -ESHUTDOWN;
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    return timeout_ms > 0 ? commit_and_wait(member, list, timeout_ms)
                          : native_errno(rd_kafka_commit(member->handle, list, true));
}

static void copy_note(const rd_kafka_topic_partition_t *from, char note[BUS_NOTE])
{
    const size_t size = from->metadata_size < BUS_NOTE ? from->metadata_size : 0;
    if (size > 0)
        memcpy(note, from->metadata, size);
    note[size] = '\0';
}

int member_committed(struct member *member, struct bus_partition *partitions, size_t n,
                     int timeout_ms)
{
    if (member->handle == NULL)
        return -ESHUTDOWN;
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    const int r = result(rd_kafka_committed(member->handle, list, timeout_ms), list);
    for (size_t i = 0; r == 0 && i < n; i++) {
        partitions[i].offset = list->elems[i].offset;
        copy_note(&list->elems[i], partitions[i].note);
    }
    return r;
}

int member_cluster_id(struct member *member, const void *arena, int timeout_ms, const char **ret_id)
{
    char *id = member->handle != NULL ? rd_kafka_clusterid(member->handle, timeout_ms) : NULL;
    if (id == NULL)
        return -ETIMEDOUT;
    *ret_id = mem_strdup(arena, id);
    rd_kafka_mem_free(member->handle, id);
    return 0;
}
