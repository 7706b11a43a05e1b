/* jobs: the way of each offer, from the claim to the report; see deliver.h. What deliver.c and
 * jobs.c share: only they include it. One thread, the loop's, but for jobs_send(). */
#pragma once

#include <sys/queue.h>

#include "libshared/service/event_pictures.h"
#include "libshared/service/service.h"
#include "notify-svc/attempt.h"
#include "notify-svc/channels.h"
#include "notify-svc/offers.h"
#include "notify-svc/rate.h"
#include "notify-svc/senders.h"

#define SENDERS_MAX 32
#define SENDERS_FEW 4 /* enough for a server that answers at once */
#define SENDERS_PATIENCE_US 20000

/* An offer, until it has ended. It is a root arena: a sender's thread allocates in it. */
struct job {
    TAILQ_ENTRY(job) all, queue;
    struct deliver *deliver; /* NULL: nobody waits for its reply any more */
    struct offer offer;
    struct attempt attempt;
    struct delivery_payload order;
    struct shown_picture *picture; /* of its event, held; NULL: none, or not known yet */
    struct sending sending;
    const char *traceparent; /* of what caused it; NULL: none */
    struct span span;        /* of the sending, if there is a tracer */
    bool reporting;
    struct outcome outcome; /* what is reported */
    bool asking;            /* a reply will come */
    unsigned asked;         /* by itself */
    enum attempt_answer answer;
    bool maybe_claimed, readable;
    int64_t claim_ms, again_ms;
};
TAILQ_HEAD(jobs, job);

/* Jobs of which the same is to be asked, so that they can be asked for together. */
struct request_batch {
    struct jobs jobs;
    size_t n;
    int64_t asked_ms; /* monotonic: when the last of them were */
};

struct deliver {
    struct service_context context;
    struct channels channels;
    struct offers *offers;
    struct senders *senders;
    struct event_pictures *pictures; /* lives longer: replies to it may come at the very end */
    int wake;
    char *instance;
    struct jobs all, waiting[CHANNELS], answered, again;
    struct request_batch claims, reports;
    struct rate rates[CHANNELS];
    size_t n_jobs, n_claimed;
    int64_t send_us; /* that a sending takes, of late */
    bool stopping;
    struct metrics_counter *ended[CHANNELS][DELIVERY_SUPPRESSED + 1];
    struct metrics_counter *refused, *unreadable;
};

void jobs_begin(struct deliver *deliver);
/* Callbacks for offers.h: takes an offer; drops those that are not claimed yet. */
bool jobs_take(void *deliver, const struct offer *offer, const struct bus_message *message);
void jobs_drop_waiting(void *deliver);
/* The callback for senders.h, on a sender's thread. */
void jobs_send(void *deliver, CURL *curl, struct sending *sending);
/* A loop hook. */
int64_t jobs_pass(void *deliver, const struct clock_time *now);
/* Leaves what has not ended; replies may still come for some. */
void jobs_abandon(struct deliver *deliver);
