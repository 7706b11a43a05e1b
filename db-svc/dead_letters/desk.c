#include "db-svc/dead_letters/desk.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "db-svc/dead_letters/dead_letters.h"
#include "db-svc/parts_state.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"

#define WAITING_MAX 64

enum work { LIST, GET, RESEND, DISCARD };

/* A request, first on the loop's thread, then on the desk's, then on the loop's again. */
struct job {
    void *arena;
    struct facade_call *call;
    struct log_trace trace;
    enum work work;
    struct dead_letter_query query;
    struct letter_place place;
    int64_t now;
    int error;
    const char *body;
    struct job *next;
};

struct queue {
    struct job *first, **last;
    size_t n;
};

struct desk {
    struct dead_letters *letters;
    int fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct queue waiting, done; /* under the lock */
    bool stopping;              /* likewise */
};

static void put(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
    queue->n++;
}

static struct job *take(struct queue *queue)
{
    struct job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->n--;
    return job;
}

/* --- The desk's thread --- */

static int do_one(struct dead_letters *letters, const struct job *job,
                  struct dead_letter *ret_letter)
{
    switch (job->work) {
    case RESEND:
        return dead_letters_resend(letters, job->arena, &job->place, job->now, ret_letter);
    case DISCARD:
        return dead_letters_discard(letters, job->arena, &job->place, job->now, ret_letter);
    case GET:
    case LIST:
        break;
    }
    return dead_letters_get(letters, job->arena, &job->place, ret_letter);
}

static void do_job(struct dead_letters *letters, struct job *job)
{
    struct dead_letter_page page;
    struct dead_letter letter;
    LOG_TRACE(job->trace.id);
    if (job->work == LIST) {
        job->error = dead_letters_list(letters, job->arena, &job->query, &page);
        job->body =
            job->error == 0 ? json_text_take(job->arena, dead_letters_page_json(&page)) : NULL;
        return;
    }
    job->error = do_one(letters, job, &letter);
    if (job->error == 0)
        job->body = json_text_take(job->arena, record_json(&dead_letter_record, &letter));
}

static struct job *await(struct desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    while (!desk->stopping && desk->waiting.first == NULL)
        (void)pthread_cond_wait(&desk->wake, &desk->lock);
    struct job *job = desk->stopping ? NULL : take(&desk->waiting);
    (void)pthread_mutex_unlock(&desk->lock);
    return job;
}

static void *run(void *context)
{
    struct desk *desk = context;
    struct job *job;
    while ((job = await(desk)) != NULL) {
        do_job(desk->letters, job);
        (void)pthread_mutex_lock(&desk->lock);
        put(&desk->done, job);
        (void)pthread_mutex_unlock(&desk->lock);
        (void)eventfd_write(desk->fd, 1);
    }
    return NULL;
}

/* --- The loop's thread --- */

static enum problem_code problem_of(int error)
{
    switch (error) {
    case -ENOENT:
        return PROBLEM_not_found;
    case -EBADMSG:
        return PROBLEM_truncated;
    case -EMSGSIZE:
        return PROBLEM_payload_too_large;
    case -ETIMEDOUT:
        return PROBLEM_outcome_unknown;
    default:
        return PROBLEM_unavailable;
    }
}

static void answer(struct job *job)
{
    struct facade_call *call = job->call;
    if (job->error == 0) {
        facade_header(call, "Cache-Control", "no-store");
        facade_respond(call, &(struct http_response){
                                 .status = 200,
                                 .content_type = "application/json",
                                 .body = mem_strdup(facade_request(call)->arena, job->body),
                                 .body_size = strlen(job->body)});
    } else if (job->error == -EINVAL) {
        facade_refuse_parameter(call, "cursor", VIOLATION_not_allowed);
    } else {
        const enum problem_code code = problem_of(job->error);
        facade_header(call, "Retry-After", problem_status(code) == 503 ? "1" : NULL);
        facade_refuse(call, code);
    }
    mem_free(job->arena);
}

static void answer_all(void *user, uint32_t events, const struct clock_time *now)
{
    (void)events, (void)now;
    struct desk *desk = user;
    eventfd_t count;
    struct job *job;
    (void)eventfd_read(desk->fd, &count);
    do {
        (void)pthread_mutex_lock(&desk->lock);
        job = take(&desk->done);
        (void)pthread_mutex_unlock(&desk->lock);
        if (job != NULL)
            answer(job);
    } while (job != NULL);
}

static struct job *new_job(struct facade_call *call, enum work work)
{
    const struct service_context *context = facade_user(call);
    void *arena = mem_arena(NULL, 0);
    struct job *job = mem_new(arena, struct job);
    *job = (struct job){.arena = arena,
                        .call = call,
                        .trace = log_trace_get(),
                        .work = work,
                        .now = loop_now(context->loop)->wall_ms};
    return job;
}

static void ask(struct job *job)
{
    struct desk *desk = parts_of(facade_user(job->call))->desk;
    (void)pthread_mutex_lock(&desk->lock);
    const bool full = desk->waiting.n >= WAITING_MAX;
    if (!full)
        put(&desk->waiting, job);
    (void)pthread_cond_signal(&desk->wake);
    (void)pthread_mutex_unlock(&desk->lock);
    if (!full)
        return;
    facade_header(job->call, "Retry-After", "1");
    facade_refuse(job->call, PROBLEM_overloaded);
    mem_free(job->arena);
}

void desk_serve_list(struct facade_call *call)
{
    struct job *job = new_job(call, LIST);
    if (facade_parameters(call, job->arena, &dead_letter_query_record, &job->query))
        ask(job);
    else
        mem_free(job->arena);
}

static void serve_one(struct facade_call *call, enum work work)
{
    struct job *job = new_job(call, work);
    const char *place =
        mem_printf(job->arena, "%s/%s/%s", facade_parameter(call, "topic"),
                   facade_parameter(call, "partition"), facade_parameter(call, "offset"));
    if (dead_letters_place(job->arena, place, &job->place)) {
        ask(job);
    } else {
        facade_refuse(call, PROBLEM_not_found);
        mem_free(job->arena);
    }
}

void desk_serve_get(struct facade_call *call)
{
    serve_one(call, GET);
}

/* A second time does no more than the first, under whichever key. */
static void serve_verb(struct facade_call *call, enum work work)
{
    const char *key = facade_command_id(call);
    if (key == NULL)
        return;
    facade_header(call, "Idempotency-Key", key);
    serve_one(call, work);
}

void desk_serve_resend(struct facade_call *call)
{
    serve_verb(call, RESEND);
}

void desk_serve_discard(struct facade_call *call)
{
    serve_verb(call, DISCARD);
}

/* --- Begin and end --- */

static int open_desk(struct desk *desk, const struct bus_config *bus,
                     const struct settings *settings, struct loop *loop)
{
    int r = dead_letters_open(bus, settings, &desk->letters);
    if (r == 0)
        r = loop_add(loop, desk->fd, EPOLLIN, answer_all, desk);
    if (r == 0)
        r = -pthread_create(&desk->thread, NULL, run, desk);
    return r;
}

static void free_desk(struct desk *desk)
{
    struct job *job;
    while ((job = take(&desk->waiting)) != NULL || (job = take(&desk->done)) != NULL)
        mem_free(job->arena);
    dead_letters_close(desk->letters);
    (void)pthread_cond_destroy(&desk->wake);
    (void)pthread_mutex_destroy(&desk->lock);
    (void)close(desk->fd);
    mem_free(desk);
}

int desk_start(const struct bus_config *bus, const struct settings *settings, struct loop *loop,
               struct desk **ret_desk)
{
    struct desk *desk = mem_new(NULL, struct desk);
    desk->waiting.last = &desk->waiting.first;
    desk->done.last = &desk->done.first;
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->wake, NULL);
    desk->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int r = desk->fd < 0 ? -errno : open_desk(desk, bus, settings, loop);
    if (r == 0)
        *ret_desk = desk;
    else
        free_desk(desk);
    return r;
}

void desk_stop(struct desk *desk)
{
    if (desk == NULL)
        return;
    (void)pthread_mutex_lock(&desk->lock);
    desk->stopping = true;
    (void)pthread_cond_signal(&desk->wake);
    (void)pthread_mutex_unlock(&desk->lock);
    (void)pthread_join(desk->thread, NULL);
    free_desk(desk);
}

/* --- What the documents say --- */

static const struct route_parameter place_parameters[] = {
    {"topic", "string", "The topic of dead letters."},
    {"partition", "integer", "Its partition."},
    {"offset", "integer", "The offset in it."},
    {0}};
const struct route_document desk_list_document = {
    .name = "dead_letter_list",
    .tag = "operations",
    .description = "In the order of topic, partition and offset. A page may have fewer items than "
                   "asked for, or none, and a next one all the same: go on until `next` is null.",
    .parameters = &dead_letter_query_record,
    .shows = &dead_letter_item_record,
    .page = true};
const struct route_document desk_get_document = {.name = "dead_letter_get",
                                                 .tag = "operations",
                                                 .path = place_parameters,
                                                 .shows = &dead_letter_record};
const struct route_document desk_resend_document = {
    .name = "dead_letter_resend",
    .tag = "operations",
    .description =
        "It keeps its identity, so that a second time changes nothing; its deadline is left out. "
        "409 `truncated` if some of it was cut off. What became of it is told where its sender "
        "asked for the reply; if it fails again it is a new dead letter.",
    .path = place_parameters,
    .shows = &dead_letter_record,
    .keyed = true};
const struct route_document desk_discard_document = {
    .name = "dead_letter_discard",
    .tag = "operations",
    .description = "Kafka deletes no single record: it stays until it expires, with this status.",
    .path = place_parameters,
    .shows = &dead_letter_record,
    .keyed = true};
