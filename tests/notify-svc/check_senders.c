/* Threads that send: what is put comes back once, several at a time, and closing cuts it short. */
#include "notify-svc/senders.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "notify-svc/email.h"
#include "notify-svc/mail_page.h"
#include "tests/support/check_main.h"

#define MANY 200
#define THREADS 4
#define FEW 2

static struct {
    void *arena;
    struct senders *senders;
    struct sending sendings[MANY];
    int fd;
    pthread_barrier_t together;
    atomic_int under_way, most_under_way;
} t;

/* `together`: how many must be at the barrier for it to open. */
static void start_with(size_t few, int64_t patience_ms,
                       void (*send)(void *, CURL *, struct sending *), unsigned together,
                       void *context)
{
    t.arena = mem_arena(NULL, 0);
    t.fd = eventfd(0, EFD_NONBLOCK);
    ck_assert_int_eq(pthread_barrier_init(&t.together, NULL, together), 0);
    ck_assert_int_eq(senders_open(t.arena,
                                  &(struct senders_config){.threads = THREADS,
                                                           .few = few,
                                                           .patience_us = patience_ms * 1000,
                                                           .fd = t.fd,
                                                           .send = send,
                                                           .context = context},
                                  &t.senders),
                     0);
}

static void start(void (*send)(void *, CURL *, struct sending *), unsigned together, void *context)
{
    start_with(THREADS, 0, send, together, context);
}

static void end(void)
{
    senders_close(t.senders);
    ck_assert_int_eq(pthread_barrier_destroy(&t.together), 0);
    (void)close(t.fd);
    mem_free(t.arena);
}

static void send_at_once(void *context, CURL *curl, struct sending *sending)
{
    (void)context;
    sending->outcome.status = curl != NULL ? DELIVERY_SENT : DELIVERY_FAILED;
}

/* Passes only when all threads are in here. */
static void send_together(void *context, CURL *curl, struct sending *sending)
{
    (void)pthread_barrier_wait(&t.together);
    send_at_once(context, curl, sending);
}

/* Gives others the time to begin too. */
static void send_counted(void *context, CURL *curl, struct sending *sending)
{
    int now = atomic_fetch_add(&t.under_way, 1) + 1;
    for (int most = atomic_load(&t.most_under_way);
         now > most && !atomic_compare_exchange_weak(&t.most_under_way, &most, now);)
        ;
    for (int i = 0; i < 500 && atomic_load(&t.most_under_way) <= FEW; i++)
        (void)sched_yield();
    send_at_once(context, curl, sending);
    (void)atomic_fetch_sub(&t.under_way, 1);
}

static void put(struct sending *sending)
{
    sending->put_us = clock_read().monotonic_us;
    senders_put(t.senders, sending);
}

static void await_one(void)
{
    struct pollfd wait = {t.fd, POLLIN, 0};
    ck_assert_int_eq(poll(&wait, 1, 10000), 1);
    uint64_t count;
    ck_assert_int_eq(read(t.fd, &count, sizeof count), sizeof count);
}

static void take_all(size_t n)
{
    while (n > 0) {
        await_one();
        for (struct sending *one; (one = senders_take(t.senders)) != NULL; n--) {
            ck_assert_int_eq(one->outcome.status, DELIVERY_SENT);
            one->outcome.status = DELIVERY_UNSET; /* comes back once */
        }
    }
    ck_assert_ptr_null(senders_take(t.senders));
}

START_TEST(what_is_put_comes_back_once)
{
    start(send_at_once, 1, NULL);
    for (size_t i = 0; i < MANY; i++)
        put(&t.sendings[i]);
    take_all(MANY);
    end();
}
END_TEST

START_TEST(several_are_on_their_way_at_a_time)
{
    start(send_together, THREADS, NULL);
    for (size_t i = 0; i < 3 * THREADS; i++)
        put(&t.sendings[i]);
    take_all((size_t)3 * THREADS);
    end();
}
END_TEST

/* Who is quick needs no more; each more would only be in the others' way. */
START_TEST(few_do_it_as_long_as_nothing_waits_for_long)
{
    start_with(FEW, 60 * 60 * 1000, send_counted, 1, NULL);
    for (size_t i = 0; i < MANY; i++)
        put(&t.sendings[i]);
    take_all(MANY);
    ck_assert_int_ge(atomic_load(&t.most_under_way), 1);
    ck_assert_int_le(atomic_load(&t.most_under_way), FEW);
    end();
}
END_TEST

START_TEST(what_waits_for_long_has_another_thread)
{
    start_with(1, 5, send_together, THREADS, NULL);
    for (size_t i = 0; i < THREADS; i++)
        put(&t.sendings[i]);
    take_all(THREADS);
    end();
}
END_TEST

/* A listening socket, and its address as a mail server's. */
static int listen_here(char url[64])
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, 64, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
    return listener;
}

/* A server that takes the connection and then says nothing. */
static void send_to_nobody(void *context, CURL *curl, struct sending *sending)
{
    (void)context;
    char url[64];
    int listener = listen_here(url);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)pthread_barrier_wait(&t.together);
    sending->outcome.status =
        curl_easy_perform(curl) == CURLE_ABORTED_BY_CALLBACK ? DELIVERY_QUEUED : DELIVERY_FAILED;
    (void)close(listener);
}

START_TEST(closing_cuts_off_what_is_on_its_way)
{
    start(send_to_nobody, THREADS + 1, NULL);
    for (size_t i = 0; i < THREADS; i++)
        put(&t.sendings[i]);
    put(&t.sendings[THREADS]); /* never begins */
    (void)pthread_barrier_wait(&t.together);
    end();
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(t.sendings[i].outcome.status, DELIVERY_QUEUED);
    ck_assert_int_eq(t.sendings[THREADS].outcome.status, DELIVERY_UNSET);
}
END_TEST

/* Takes a message and has no word for it; ends when the connection does. */
static void *be_slow_server(void *listener)
{
    char line[512];
    int connection = accept(*(const int *)listener, NULL, NULL);
    FILE *in = fdopen(connection, "r");
    dprintf(connection, "220 slow\r\n");
    while (fgets(line, sizeof line, in) != NULL && strncmp(line, "DATA", 4) != 0)
        dprintf(connection, "250 OK\r\n");
    dprintf(connection, "354 go on\r\n");
    while (fgets(line, sizeof line, in) != NULL)
        ;
    (void)fclose(in);
    return NULL;
}

static void send_impatiently(void *context, CURL *curl, struct sending *sending)
{
    struct html_fault fault;
    struct email_config config = {.url = context,
                                  .from = "<a@b>",
                                  .sender = "a@b",
                                  .domain = "b",
                                  .page = mail_page_template(sending->arena, NULL, &fault)};
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 200L);
    sending->outcome = email_send(sending->arena, &config, curl, sending->order, NULL, 0);
}

START_TEST(a_server_that_owes_an_answer_is_not_asked_again)
{
    char url[64];
    int listener = listen_here(url);
    pthread_t server;
    ck_assert_int_eq(pthread_create(&server, NULL, be_slow_server, &listener), 0);
    start(send_impatiently, 1, url);
    struct delivery_payload order = {.id = "delivery_1", .address = "c@d", .message = "1\n2"};
    t.sendings[0] = (struct sending){.arena = t.arena, .order = &order};
    put(&t.sendings[0]);
    ck_assert_int_eq(pthread_join(server, NULL), 0); /* while the sender has yet to be closed */
    await_one();
    ck_assert_ptr_eq(senders_take(t.senders), &t.sendings[0]);
    ck_assert_str_eq(t.sendings[0].outcome.error, "timeout");
    end();
    (void)close(listener);
}
END_TEST

CHECK_MAIN("senders", what_is_put_comes_back_once, several_are_on_their_way_at_a_time,
           few_do_it_as_long_as_nothing_waits_for_long, what_waits_for_long_has_another_thread,
           closing_cuts_off_what_is_on_its_way, a_server_that_owes_an_answer_is_not_asked_again)
