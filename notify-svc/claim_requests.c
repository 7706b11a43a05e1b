#include "notify-svc/claim_requests.h"

#include <string.h>
#include <unistd.h>

#include "libshared/contract/topic.h"
#include "libshared/base/mem.h"
#include "libshared/trace/trace_context.h"

#define SOURCE "/notify-svc"
#define WAIT_FOR_OTHERS_MS 20 /* what a mail may wait for others to be asked for with */

/* Those asked for together; a root arena. */
struct bulk {
    struct job *jobs[DELIVERY_BULK];
    size_t n;
};

static void json_free(json_t **json)
{
    json_decref(*json);
}

static json_t *load(const struct reply *reply)
{
    return reply->body != NULL ? json_loadb(reply->body, reply->body_size, 0, NULL) : NULL;
}

static struct delivery_report said_of(const struct job *job)
{
    return job->reporting ? attempt_report(&job->attempt, &job->outcome)
                          : attempt_claim(&job->attempt, job->deliver->channels.sender);
}

static void begin_asking(struct job *job, const struct clock_time *now)
{
    job->asking = true;
    if (!job->maybe_claimed)
        job->claim_ms = now->monotonic_ms;
}

static void request(const struct deliver *deliver, const char *type, const char *event_id,
                    const char *id, const char *traceparent, const char *body,
                    void (*done)(void *context, const struct reply *reply), void *context,
                    const struct clock_time *now)
{
    replies_request(deliver->context.replies,
                    &(struct replies_request){
                        .topic = topic_name(MODULE_NOTIFICATIONS, TOPIC_COMMANDS),
                        .key = event_id,
                        .type = type,
                        .id = id,
                        .source = SOURCE,
                        .traceparent = traceparent,
                        .body = body,
                        .body_size = strlen(body),
                        .no_deadline = true,
                        .done = done,
                        .context = context,
                    },
                    now->monotonic_ms, now->wall_ms);
}

/* `order`: what a claim that is taken is answered with; NULL: it cannot be read. */
static void settle(struct job *job, enum attempt_answer answer, const struct reply *reply,
                   const struct delivery_payload *order)
{
    struct deliver *deliver = job->deliver;
    job->asking = false;
    if (deliver == NULL) {
        mem_free(job);
        return;
    }
    job->answer = answer;
    if (reply->outcome != REPLY_NOT_DONE)
        job->maybe_claimed = reply->outcome == REPLY_UNKNOWN;
    if (answer == ATTEMPT_TAKEN && !job->reporting) {
        job->readable = order != NULL;
        if (job->readable)
            job->order = *order;
        if (job->readable && order->status != DELIVERY_SENDING)
            job->answer = ATTEMPT_REFUSED;
    }
    TAILQ_INSERT_TAIL(&deliver->answered, job, queue);
    (void)!write(deliver->wake, &(uint64_t){1}, sizeof(uint64_t));
}

/* --- One --- */

static void one_answered(void *context, const struct reply *reply)
{
    struct job *job = context;
    _cleanup_(json_free) json_t *json = load(reply);
    settle(job, attempt_answer(reply), reply, attempt_payload(job, json));
}

void claim_requests_alone(struct job *job, const struct clock_time *now)
{
    const struct attempt *attempt = &job->attempt;
    const struct delivery_report report = said_of(job);
    begin_asking(job, now);
    job->asked++;
    request(job->deliver, "delivery.record", attempt->event_id,
            job->reporting ? attempt_report_id(job, attempt) : attempt_claim_id(job, attempt),
            job->traceparent, attempt_body(job, attempt->event_id, &report), one_answered, job,
            now);
}

/* --- Several --- */

static void bulk_answered(void *context, const struct reply *reply)
{
    struct bulk *bulk = context;
    bool taken = attempt_answer(reply) == ATTEMPT_TAKEN;
    _cleanup_(json_free) json_t *json = taken ? load(reply) : NULL;
    const json_t *results = json_object_get(json, "results");
    for (size_t i = 0; i < bulk->n; i++) {
        const struct delivery_payload *order;
        enum attempt_answer answer =
            attempt_result(bulk->jobs[i], json_array_get(results, i), &order);
        settle(bulk->jobs[i], answer, reply, order);
    }
    mem_free(bulk);
}

/* NULL: they are of several traces, and so the request is of none. */
static const char *traceparent_of(const struct bulk *bulk)
{
    char first[TRACE_ID_SIZE], other[TRACE_ID_SIZE];
    trace_context_id_of(first, bulk->jobs[0]->traceparent);
    for (size_t i = 1; i < bulk->n; i++) {
        trace_context_id_of(other, bulk->jobs[i]->traceparent);
        if (strcmp(first, other) != 0)
            return NULL;
    }
    return bulk->jobs[0]->traceparent;
}

static void ask_together(struct deliver *deliver, struct bulk *bulk, const struct clock_time *now)
{
    const struct attempt *first = &bulk->jobs[0]->attempt;
    struct delivery_bulk said = {.reports.at = mem_array(bulk, struct delivery_report, bulk->n)};
    for (size_t i = 0; i < bulk->n; i++) {
        begin_asking(bulk->jobs[i], now);
        said.reports.at[said.reports.n++] = said_of(bulk->jobs[i]);
    }
    const char *id =
        bulk->jobs[0]->reporting ? attempt_report_id(bulk, first) : attempt_claim_id(bulk, first);
    request(deliver, "delivery.record_bulk", first->event_id, mem_printf(bulk, "bulk/%s", id),
            traceparent_of(bulk), attempt_bulk_body(bulk, first->event_id, &said), bulk_answered,
            bulk, now);
}

void claim_requests_add(struct request_batch *batch, struct job *job)
{
    TAILQ_INSERT_TAIL(&batch->jobs, job, queue);
    batch->n++;
}

/* The first, and those of the same event behind it. */
static struct bulk *take_bulk(struct request_batch *batch)
{
    struct bulk *bulk = mem_new(NULL, struct bulk);
    const char *event_id = TAILQ_FIRST(&batch->jobs)->attempt.event_id;
    for (struct job *job = TAILQ_FIRST(&batch->jobs), *next; job != NULL && bulk->n < DELIVERY_BULK;
         job = next) {
        next = TAILQ_NEXT(job, queue);
        if (strcmp(job->attempt.event_id, event_id) != 0)
            continue;
        TAILQ_REMOVE(&batch->jobs, job, queue);
        batch->n--;
        bulk->jobs[bulk->n++] = job;
    }
    return bulk;
}

int64_t claim_requests_send(struct deliver *deliver, struct request_batch *batch,
                            const struct clock_time *now)
{
    if (batch->n == 0)
        return INT64_MAX;
    int64_t since_ms = now->monotonic_ms - batch->asked_ms;
    if (batch->n < DELIVERY_BULK && since_ms < WAIT_FOR_OTHERS_MS)
        return WAIT_FOR_OTHERS_MS - since_ms;
    batch->asked_ms = now->monotonic_ms;
    while (batch->n > 0) {
        struct bulk *bulk = take_bulk(batch);
        if (bulk->n > 1) {
            ask_together(deliver, bulk, now);
        } else {
            claim_requests_alone(bulk->jobs[0], now);
            mem_free(bulk);
        }
    }
    return INT64_MAX;
}
