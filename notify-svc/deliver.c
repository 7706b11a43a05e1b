#include "notify-svc/deliver.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "notify-svc/jobs.h"

#define END_MS 500 /* at the end of the process, for what is claimed */

static bool is_well(void *user, const char **ret_reason)
{
    const struct deliver *deliver = user;
    *ret_reason = offers_unready(deliver->offers);
    return *ret_reason == NULL;
}

static double in_flight(void *user)
{
    return (double)((const struct deliver *)user)->n_jobs;
}

static void count(struct deliver *deliver, struct metrics *metrics)
{
    static const enum delivery_status ends[] = {DELIVERY_SENT, DELIVERY_FAILED, DELIVERY_QUEUED};
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            deliver->ended[channel][ends[i]] = metrics_counter(
                metrics, "delivery_attempts_total", "Attempts at deliveries, by how they ended.",
                METRICS_LABELS({"channel", channel_names[channel]},
                               {"outcome", delivery_status_names[ends[i]]}));
    deliver->refused = metrics_counter(metrics, "delivery_claims_refused_total",
                                       "Attempts that were another's or over.", METRICS_LABELS());
    deliver->unreadable = metrics_counter(metrics, "delivery_offers_unreadable_total",
                                          "Offers that could not be read.", METRICS_LABELS());
    metrics_gauge(metrics, "deliveries_in_flight", "Offers taken and not ended.", METRICS_LABELS(),
                  in_flight, deliver);
}

static void limit_rates(struct deliver *deliver, const struct settings *settings)
{
    int64_t now_us = clock_read().monotonic_us;
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        rate_open(&deliver->rates[channel], channels_rate(settings, (enum channel)channel), now_us);
}

static int configure(struct deliver *deliver, const struct settings *settings)
{
    const char *setting = NULL;
    int r = channels_configure(deliver, settings, &deliver->channels, &setting);
    if (r < 0)
        log_error("settings.invalid", LOG_STR("setting", setting));
    limit_rates(deliver, settings);
    return r;
}

static int open_parts(struct deliver *deliver)
{
    const struct service_context *context = &deliver->context;
    char host[256];
    if (gethostname(host, sizeof host) < 0)
        return -errno;
    host[sizeof host - 1] = '\0';
    deliver->instance = mem_printf(deliver, "%s:%lld", host, (long long)context->settings->port);
    int r = senders_open(deliver,
                         &(struct senders_config){.threads = SENDERS_MAX,
                                                  .few = SENDERS_FEW,
                                                  .patience_us = SENDERS_PATIENCE_US,
                                                  .fd = deliver->wake,
                                                  .send = jobs_send,
                                                  .context = deliver},
                         &deliver->senders);
    if (r < 0)
        return r;
    r = offers_open(deliver,
                    &(struct offers_config){.bus = context->bus,
                                            .instance = deliver->instance,
                                            .fd = deliver->wake,
                                            .context = deliver,
                                            .take = jobs_take,
                                            .revoked = jobs_drop_waiting},
                    &deliver->offers);
    return r < 0 ? r : loop_add(context->loop, deliver->wake, EPOLLIN, NULL, NULL);
}

static void close_parts(struct deliver *deliver)
{
    senders_close(deliver->senders);
    offers_close(deliver->offers);
    (void)close(deliver->wake);
}

static void ask_picture(void *user, const struct replies_request *request)
{
    const struct service_context *context = user;
    const struct clock_time now = clock_read();
    replies_request(context->replies, request, now.monotonic_ms, now.wall_ms);
}

int deliver_start(struct service_context *context)
{
    struct deliver *deliver = mem_new(context->arena, struct deliver);
    deliver->context = *context;
    deliver->pictures = event_pictures_new(context->arena, ask_picture, context);
    jobs_begin(deliver);
    int r = configure(deliver, context->settings);
    if (r < 0)
        return r;
    deliver->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (deliver->wake < 0)
        return -errno;
    r = open_parts(deliver);
    if (r < 0) {
        close_parts(deliver);
        return r;
    }
    count(deliver, context->metrics);
    health_add(context->health, "deliveries", is_well, deliver);
    loop_each_pass(context->loop, jobs_pass, deliver);
    context->own = deliver;
    return 0;
}

/* Does the loop's work for a moment more. */
static void finish_claimed(struct deliver *deliver)
{
    struct replies *replies = deliver->context.replies;
    struct clock_time now = clock_read();
    const int64_t end = now.monotonic_ms + END_MS;
    while (deliver->n_jobs > 0 && now.monotonic_ms < end) {
        struct pollfd fds[] = {{replies_fd(replies), POLLIN, 0}, {deliver->wake, POLLIN, 0}};
        (void)poll(fds, 2, END_MS / 10);
        now = clock_read();
        replies_run(replies, now.monotonic_ms);
        (void)jobs_pass(deliver, &now);
    }
}

void deliver_stop(struct service_context *context)
{
    struct deliver *deliver = context->own;
    deliver->stopping = true;
    jobs_drop_waiting(deliver);
    finish_claimed(deliver);
    loop_remove(context->loop, deliver->wake);
    close_parts(deliver);
    jobs_abandon(deliver);
    mem_free(deliver);
    context->own = NULL;
}
