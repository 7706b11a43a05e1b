#include "notify-svc/jobs.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/trace/trace_log.h"
#include "notify-svc/claim_requests.h"

#define JOBS_MAX 1024   /* offers taken and not ended; those of a slow channel wait here */
#define CLAIMED_MAX 320 /* claimed and not yet sent, as long as that goes quickly */
#define CLAIMED_MS 4000 /* for the senders to do, as long as each sending takes of late */
#define CLAIM_MS 20000  /* how long a claim is good for, before sending begins */

void jobs_begin(struct deliver *deliver)
{
    TAILQ_INIT(&deliver->all);
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        TAILQ_INIT(&deliver->waiting[channel]);
    TAILQ_INIT(&deliver->answered);
    TAILQ_INIT(&deliver->again);
    TAILQ_INIT(&deliver->claims.jobs);
    TAILQ_INIT(&deliver->reports.jobs);
    deliver->send_us = CLAIMED_MS * INT64_C(1000); /* nothing is known yet */
}

static void job_free(struct job *job)
{
    struct deliver *deliver = job->deliver;
    TAILQ_REMOVE(&deliver->all, job, all);
    deliver->n_jobs--;
    shown_picture_release(job->picture);
    mem_free(job);
}

static void job_end(struct job *job)
{
    offers_end(job->deliver->offers, &job->offer);
    job_free(job);
}

static void claim(struct job *job)
{
    job->deliver->n_claimed++;
    claim_requests_add(&job->deliver->claims, job);
}

static void count_attempt(const struct job *job, const struct outcome *outcome)
{
    metrics_add(job->deliver->ended[job->order.channel][outcome->status], 1);
    log_debug("delivery.attempted", LOG_STR("delivery_id", job->attempt.delivery_id),
              LOG_STR("channel", channel_names[job->order.channel]),
              LOG_INT("attempt", job->attempt.number),
              LOG_STR("outcome", delivery_status_names[outcome->status]),
              LOG_STR("error", outcome->error));
}

static void report(struct job *job, struct outcome outcome)
{
    struct deliver *deliver = job->deliver;
    deliver->n_claimed--;
    if (job->readable)
        count_attempt(job, &outcome);
    job->reporting = true;
    job->outcome = outcome;
    job->asked = 0;
    claim_requests_add(&deliver->reports, job);
}

static struct outcome later(const char *error)
{
    return (struct outcome){.status = DELIVERY_QUEUED, .error = error};
}

/* What comes of the sending is below it. */
static void begin_span(struct job *job, const struct clock_time *now)
{
    const struct tracer *tracer = job->deliver->context.tracer;
    if (tracer == NULL)
        return;
    tracer_begin(tracer, job->traceparent, now, &job->span);
    char *traceparent = mem_array(job, char, TRACEPARENT_SIZE);
    trace_context_write(traceparent, &job->span.context);
    job->traceparent = traceparent;
}

/* A claim that was granted long ago may have been given to another meanwhile. */
static void hand_over(struct job *job, const struct clock_time *now)
{
    if (now->monotonic_ms - job->claim_ms > CLAIM_MS) {
        report(job, later("claimed_too_late"));
    } else {
        job->sending = (struct sending){.arena = job,
                                        .order = &job->order,
                                        .wall_ms = now->wall_ms,
                                        .put_us = now->monotonic_us};
        begin_span(job, now);
        senders_put(job->deliver->senders, &job->sending);
    }
}

/* A mail goes out without a picture that cannot be had. */
static void on_picture(void *context, enum event_picture_outcome outcome,
                       struct shown_picture *picture)
{
    struct job *job = context;
    TRACE_LOG(job->traceparent);
    job->picture = outcome == EVENT_PICTURE_SHOWN ? shown_picture_hold(picture) : NULL;
    const struct clock_time now = clock_read();
    hand_over(job, &now);
}

static void start_sending(struct job *job, const struct clock_time *now)
{
    const struct delivery_event *event = job->order.event;
    if (!job->readable) {
        log_error("deliver.unreadable_order", LOG_STR("delivery_id", job->attempt.delivery_id));
        report(job, later("unreadable_order"));
    } else if (event == NULL || event->picture == NULL) {
        hand_over(job, now);
    } else {
        event_pictures_want(job->deliver->pictures,
                            &(struct event_pictures_wanted){.event_id = job->attempt.event_id,
                                                            .sha256 = event->picture->sha256,
                                                            .done = on_picture,
                                                            .context = job},
                            now->monotonic_ms);
    }
}

static void refuse(struct job *job)
{
    job->deliver->n_claimed--;
    metrics_add(job->deliver->refused, 1);
    job_end(job);
}

static void settle(struct job *job, const struct clock_time *now)
{
    TRACE_LOG(job->traceparent);
    if (job->answer == ATTEMPT_AGAIN) {
        job->again_ms = now->monotonic_ms + attempt_wait_ms(job->asked);
        TAILQ_INSERT_TAIL(&job->deliver->again, job, queue);
    } else if (job->answer == ATTEMPT_ALONE) {
        claim_requests_alone(job, now);
    } else if (job->reporting) {
        job_end(job);
    } else if (job->answer == ATTEMPT_TAKEN) {
        start_sending(job, now);
    } else {
        refuse(job);
    }
}

void jobs_send(void *context, CURL *curl, struct sending *sending)
{
    const struct deliver *deliver = context;
    const struct job *job = sending->arena; /* itself */
    TRACE_LOG(job->traceparent);
    const struct picture *picture = job->picture != NULL ? &job->picture->file.picture : NULL;
    sending->outcome = channels_send(sending->arena, &deliver->channels, curl, sending->order,
                                     picture, sending->wall_ms);
}

static bool has_room(const struct deliver *deliver)
{
    return deliver->n_jobs < JOBS_MAX && !deliver->stopping;
}

static bool is_under_way(const struct job *job)
{
    const struct job *other;
    TAILQ_FOREACH (other, &job->deliver->all, all)
        if (other != job && other->attempt.number == job->attempt.number &&
            strcmp(other->attempt.delivery_id, job->attempt.delivery_id) == 0)
            return true;
    return false;
}

/* The message goes before the job does. */
static const char *traceparent_of(const void *arena, const struct bus_message *message)
{
    struct bus_header header;
    return bus_message_header(message, "traceparent", &header) && header.value != NULL
               ? mem_strndup(arena, header.value, header.size)
               : NULL;
}

bool jobs_take(void *context, const struct offer *offer, const struct bus_message *message)
{
    struct deliver *deliver = context;
    struct job *job = mem_new(NULL, struct job);
    MESSAGE_LOG(message);
    uint8_t random[ATTEMPT_RANDOM];
    randombytes_buf(random, sizeof random);
    job->deliver = deliver;
    job->offer = *offer;
    job->traceparent = traceparent_of(job, message);
    TAILQ_INSERT_TAIL(&deliver->all, job, all);
    deliver->n_jobs++;
    bool readable = attempt_read(job, message->value, message->value_size, deliver->instance,
                                 random, &job->attempt);
    if (readable && is_under_way(job)) {
        job_end(job);
    } else if (readable) {
        TAILQ_INSERT_TAIL(&deliver->waiting[job->attempt.channel], job, queue);
    } else {
        log_warning("deliver.unreadable_offer", LOG_INT("partition", offer->partition),
                    LOG_INT("offset", offer->offset));
        metrics_add(deliver->unreadable, 1);
        job_end(job);
    }
    return has_room(deliver);
}

void jobs_drop_waiting(void *context)
{
    struct deliver *deliver = context;
    struct job *job;
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        while ((job = TAILQ_FIRST(&deliver->waiting[channel])) != NULL) {
            TAILQ_REMOVE(&deliver->waiting[channel], job, queue);
            job_free(job);
        }
}

static void end_span(const struct job *job, const struct clock_time *now)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct span span = job->span;
    const enum delivery_status ended = job->sending.outcome.status;
    span.kind = SPAN_CLIENT;
    span.name = mem_printf(arena, "send %s", channel_names[job->order.channel]);
    span.duration_us = now->monotonic_us - span.began_us;
    span.failed = ended == DELIVERY_FAILED;
    span.attributes[0] =
        (struct span_attribute){.key = "ticketing.outcome", .text = delivery_status_names[ended]};
    span.attributes[1] =
        (struct span_attribute){.key = "ticketing.attempt", .number = job->attempt.number};
    tracer_end(job->deliver->context.tracer, &span);
}

static void take_sent(struct job *job, const struct clock_time *now)
{
    struct deliver *deliver = job->deliver;
    TRACE_LOG(job->traceparent);
    deliver->send_us += (now->monotonic_us - job->sending.put_us - deliver->send_us) / 8;
    end_span(job, now);
    report(job, job->sending.outcome);
}

static void collect(struct deliver *deliver, const struct clock_time *now)
{
    struct sending *sending;
    struct job *job;
    while ((sending = senders_take(deliver->senders)) != NULL)
        take_sent(sending->arena, now); /* the job itself */
    while ((job = TAILQ_FIRST(&deliver->answered)) != NULL) {
        TAILQ_REMOVE(&deliver->answered, job, queue);
        settle(job, now);
    }
}

/* Returns when the next of them must be asked again. */
static int64_t ask_again(struct deliver *deliver, const struct clock_time *now)
{
    int64_t next = INT64_MAX;
    for (struct job *job = TAILQ_FIRST(&deliver->again), *after; job != NULL; job = after) {
        after = TAILQ_NEXT(job, queue);
        if (job->again_ms <= now->monotonic_ms) {
            TAILQ_REMOVE(&deliver->again, job, queue);
            claim_requests_alone(job, now);
        } else if (job->again_ms - now->monotonic_ms < next) {
            next = job->again_ms - now->monotonic_ms;
        }
    }
    return next;
}

/* Claims are on their way much longer than a quick server takes; but what a slow one keeps waiting
 * must not be claimed. */
static bool may_claim(const struct deliver *deliver, enum channel channel)
{
    int64_t most = SENDERS_MAX * CLAIMED_MS * INT64_C(1000) / (deliver->send_us + 1);
    most = most < SENDERS_MAX ? SENDERS_MAX : most > CLAIMED_MAX ? CLAIMED_MAX : most;
    return (int64_t)deliver->n_claimed < most && !TAILQ_EMPTY(&deliver->waiting[channel]);
}

/* Returns how long the channel's rate has the next of them wait. */
static int64_t claim_waiting(struct deliver *deliver, enum channel channel,
                             const struct clock_time *now)
{
    struct rate *rate = &deliver->rates[channel];
    while (may_claim(deliver, channel) && rate_take(rate, now->monotonic_us)) {
        struct job *job = TAILQ_FIRST(&deliver->waiting[channel]);
        TAILQ_REMOVE(&deliver->waiting[channel], job, queue);
        claim(job);
    }
    return may_claim(deliver, channel) ? rate_wait_ms(rate, now->monotonic_us) : INT64_MAX;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t jobs_pass(void *user, const struct clock_time *now)
{
    struct deliver *deliver = user;
    uint64_t signals;
    (void)!read(deliver->wake, &signals, sizeof signals);
    collect(deliver, now);
    int64_t again = ask_again(deliver, now);
    int64_t idle = offers_run(deliver->offers, has_room(deliver), now);
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        again = least(again, claim_waiting(deliver, (enum channel)channel, now));
    again = least(again, claim_requests_send(deliver, &deliver->claims, now));
    again = least(again, claim_requests_send(deliver, &deliver->reports, now));
    return least(again, idle);
}

void jobs_abandon(struct deliver *deliver)
{
    struct job *job;
    while ((job = TAILQ_FIRST(&deliver->all)) != NULL) {
        TAILQ_REMOVE(&deliver->all, job, all);
        event_pictures_forget(deliver->pictures, job);
        shown_picture_release(job->picture);
        if (job->asking)
            job->deliver = NULL;
        else
            mem_free(job);
    }
}
