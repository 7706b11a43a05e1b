#include "notify-svc/senders.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

#define CONNECT_MS 5000L
#define SEND_MS 30000L
#define REPLY_S 20L /* of that, for any one reply */

STAILQ_HEAD(sendings, sending);

struct senders {
    struct senders_config config;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct sendings todo, done;
    size_t idle, busy, waiting; /* threads without work and with some, work without a thread */
    bool watched;               /* an idle one wakes when the first has waited for long */
    atomic_bool closing;
    pthread_t *threads;
    size_t n_threads;
};

/* Called by libcurl at least once a second, even while it waits. */
static int go_on(void *user, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    (void)down;
    (void)down_now;
    (void)up;
    (void)up_now;
    const struct senders *senders = user;
    return atomic_load(&senders->closing) ? 1 : 0;
}

static void reset(struct senders *senders, CURL *curl)
{
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, SEND_MS);
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, REPLY_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, senders);
}

static struct sending *first_of(struct sendings *queue)
{
    struct sending *first = STAILQ_FIRST(queue);
    if (first != NULL)
        STAILQ_REMOVE_HEAD(queue, link);
    return first;
}

static int64_t patient_until_us(const struct senders *senders)
{
    return STAILQ_FIRST(&senders->todo)->put_us + senders->config.patience_us;
}

static bool may_begin(const struct senders *senders)
{
    return !STAILQ_EMPTY(&senders->todo) &&
           (senders->busy < senders->config.few ||
            clock_read().monotonic_us >= patient_until_us(senders));
}

/* One of the idle ones watches the time, and the others sleep. */
static void await_work(struct senders *senders)
{
    senders->idle++;
    if (STAILQ_EMPTY(&senders->todo) || senders->watched) {
        (void)pthread_cond_wait(&senders->work, &senders->lock);
    } else {
        int64_t until_us = patient_until_us(senders);
        struct timespec until = {.tv_sec = until_us / 1000000,
                                 .tv_nsec = until_us % 1000000 * 1000};
        senders->watched = true;
        (void)pthread_cond_timedwait(&senders->work, &senders->lock, &until);
        senders->watched = false;
    }
    senders->idle--;
}

/* Wakes one that can take what there is, or watch it. */
static void wake(struct senders *senders)
{
    if (senders->busy < senders->config.few || !senders->watched)
        (void)pthread_cond_signal(&senders->work);
}

/* NULL when closing. */
static struct sending *next(struct senders *senders)
{
    struct sending *sending = NULL;
    (void)pthread_mutex_lock(&senders->lock);
    while (!may_begin(senders) && !atomic_load(&senders->closing))
        await_work(senders);
    if (!atomic_load(&senders->closing)) {
        sending = first_of(&senders->todo);
        senders->busy++;
        if (--senders->waiting > 0)
            wake(senders);
    }
    (void)pthread_mutex_unlock(&senders->lock);
    return sending;
}

static void give_back(struct senders *senders, struct sending *sending)
{
    (void)pthread_mutex_lock(&senders->lock);
    STAILQ_INSERT_TAIL(&senders->done, sending, link);
    senders->busy--;
    (void)pthread_mutex_unlock(&senders->lock);
    (void)!write(senders->config.fd, &(uint64_t){1}, sizeof(uint64_t));
}

/* libcurl keeps a connection whose server still owes its word on a message, and would take that for
 * the answer to the next one; and it waits for the answer to a farewell. */
static void hang_up(CURL *curl)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    (void)curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    if (socket != CURL_SOCKET_BAD)
        (void)shutdown(socket, SHUT_RDWR);
}

static void *run(void *user)
{
    struct senders *senders = user;
    CURL *curl = curl_easy_init();
    for (struct sending *sending; (sending = next(senders)) != NULL;) {
        reset(senders, curl);
        senders->config.send(senders->config.context, curl, sending);
        if (sending->outcome.status != DELIVERY_SENT)
            hang_up(curl);
        give_back(senders, sending);
    }
    hang_up(curl);
    curl_easy_cleanup(curl);
    return NULL;
}

/* Signals are the loop's; a connection that breaks is an error, not a SIGPIPE. */
static int start_thread(struct senders *senders)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&senders->threads[senders->n_threads], NULL, run, senders);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r == 0)
        senders->n_threads++;
    return -r;
}

static void init_locks(struct senders *senders)
{
    pthread_condattr_t monotonic;
    (void)pthread_mutex_init(&senders->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&senders->work, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

int senders_open(const void *arena, const struct senders_config *config,
                 struct senders **ret_senders)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -EIO;
    struct senders *senders = mem_new(arena, struct senders);
    senders->config = *config;
    senders->threads = mem_array(senders, pthread_t, config->threads);
    STAILQ_INIT(&senders->todo);
    STAILQ_INIT(&senders->done);
    init_locks(senders);
    int r = start_thread(senders);
    if (r < 0) {
        senders_close(senders);
        return r;
    }
    *ret_senders = senders;
    return 0;
}

void senders_close(struct senders *senders)
{
    if (senders == NULL)
        return;
    (void)pthread_mutex_lock(&senders->lock);
    atomic_store(&senders->closing, true);
    (void)pthread_cond_broadcast(&senders->work);
    (void)pthread_mutex_unlock(&senders->lock);
    for (size_t i = 0; i < senders->n_threads; i++)
        (void)pthread_join(senders->threads[i], NULL);
    (void)pthread_cond_destroy(&senders->work);
    (void)pthread_mutex_destroy(&senders->lock);
    mem_free(senders);
    curl_global_cleanup();
}

void senders_put(struct senders *senders, struct sending *sending)
{
    (void)pthread_mutex_lock(&senders->lock);
    STAILQ_INSERT_TAIL(&senders->todo, sending, link);
    senders->waiting++;
    bool more = senders->idle < senders->waiting && senders->n_threads < senders->config.threads;
    wake(senders);
    (void)pthread_mutex_unlock(&senders->lock);
    if (more)
        (void)start_thread(senders); /* else those there are do it */
}

struct sending *senders_take(struct senders *senders)
{
    (void)pthread_mutex_lock(&senders->lock);
    struct sending *sending = first_of(&senders->done);
    (void)pthread_mutex_unlock(&senders->lock);
    return sending;
}
