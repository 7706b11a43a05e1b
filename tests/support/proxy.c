#include "tests/support/proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS 64

struct pair {
    int client, server;
    bool losing; /* the next reply is to be swallowed */
};

struct proxy {
    pthread_t thread;
    pthread_mutex_t lock;
    int listener, wake[2];
    uint16_t to, port;
    struct pair pairs[PAIRS];
    size_t n;
    enum proxy_fault fault;
    const char *word; /* NULL: nothing to fail at */
    bool down;
    const char *command; /* to be answered here; NULL: none */
    const bson_t *reply;
    int times;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static struct sockaddr_in local(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void drop(struct proxy *proxy, size_t i)
{
    (void)close(proxy->pairs[i].client);
    (void)close(proxy->pairs[i].server);
    proxy->pairs[i] = proxy->pairs[--proxy->n];
}

static void fail(struct proxy *proxy)
{
    proxy->down = true;
    proxy->word = NULL;
    while (proxy->n > 0)
        drop(proxy, 0);
}

static void take(struct proxy *proxy)
{
    int client = accept(proxy->listener, NULL, NULL);
    if (client < 0)
        return;
    struct sockaddr_in to = local(proxy->to);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (proxy->down || proxy->n == PAIRS || connect(server, (void *)&to, sizeof to) < 0) {
        (void)close(client);
        (void)close(server);
        return;
    }
    proxy->pairs[proxy->n++] = (struct pair){client, server, false};
}

static void send_all(int to, const char *bytes, ssize_t n)
{
    while (n > 0) {
        ssize_t sent = send(to, bytes, (size_t)n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        n -= sent;
    }
}

/* --- MongoDB's wire: OP_MSG, of one section of kind 0 that the command's name begins --- */

#define OP_MSG 2013

struct op_msg {
    int32_t length, request, response_to, code;
    uint32_t flags;
    uint8_t kind;
} __attribute__((packed));

static bool is_command(const char *bytes, ssize_t n, const char *name)
{
    struct op_msg head;
    bson_t body;
    bson_iter_t at;
    uint32_t size;
    if (n < (ssize_t)(sizeof head + sizeof size))
        return false;
    memcpy(&head, bytes, sizeof head);
    memcpy(&size, bytes + sizeof head, sizeof size);
    return head.code == OP_MSG && head.length == n && head.kind == 0 &&
           bson_init_static(&body, (const uint8_t *)bytes + sizeof head, size) &&
           bson_iter_init(&at, &body) && bson_iter_next(&at) &&
           strcmp(bson_iter_key(&at), name) == 0;
}

static void answer(const struct proxy *proxy, int client, const char *request)
{
    struct op_msg head;
    memcpy(&head, request, sizeof head);
    head.response_to = head.request;
    head.length = (int32_t)(sizeof head + proxy->reply->len);
    head.flags = 0;
    send_all(client, (const char *)&head, sizeof head);
    send_all(client, (const char *)bson_get_data(proxy->reply), proxy->reply->len);
}

/* False: every connection was cut. */
static bool forward_request(struct proxy *proxy, size_t i, const char *bytes, ssize_t n)
{
    if (proxy->command != NULL && proxy->times != 0 && is_command(bytes, n, proxy->command)) {
        proxy->times -= proxy->times > 0;
        answer(proxy, proxy->pairs[i].client, bytes);
        return true;
    }
    bool here =
        proxy->word != NULL && memmem(bytes, (size_t)n, proxy->word, strlen(proxy->word)) != NULL;
    if (here && proxy->fault == PROXY_LOSE_REQUEST) {
        fail(proxy);
        return false;
    }
    proxy->pairs[i].losing = proxy->pairs[i].losing || here;
    send_all(proxy->pairs[i].server, bytes, n);
    return true;
}

static bool forward_reply(struct proxy *proxy, size_t i, const char *bytes, ssize_t n)
{
    if (proxy->pairs[i].losing) {
        fail(proxy);
        return false;
    }
    send_all(proxy->pairs[i].client, bytes, n);
    return true;
}

/* One chunk, from one side. False: the pairs have moved, look at them anew. */
static bool pump(struct proxy *proxy, size_t i, bool request)
{
    static _Thread_local char bytes[256 * 1024];
    struct pair *pair = &proxy->pairs[i];
    ssize_t n = recv(request ? pair->client : pair->server, bytes, sizeof bytes, 0);
    if (n <= 0) {
        drop(proxy, i);
        return false;
    }
    return request ? forward_request(proxy, i, bytes, n) : forward_reply(proxy, i, bytes, n);
}

static void pump_all(struct proxy *proxy, const struct pollfd *ready, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((ready[2 * i].revents != 0 && !pump(proxy, i, true)) ||
            (ready[2 * i + 1].revents != 0 && !pump(proxy, i, false)))
            return;
    }
}

static void *run(void *context)
{
    struct proxy *proxy = context;
    struct pollfd ready[2 + 2 * PAIRS];
    for (;;) {
        ready[0] = (struct pollfd){.fd = proxy->wake[0], .events = POLLIN};
        ready[1] = (struct pollfd){.fd = proxy->listener, .events = POLLIN};
        size_t n = proxy->n;
        for (size_t i = 0; i < n; i++) {
            ready[2 + 2 * i] = (struct pollfd){.fd = proxy->pairs[i].client, .events = POLLIN};
            ready[3 + 2 * i] = (struct pollfd){.fd = proxy->pairs[i].server, .events = POLLIN};
        }
        (void)poll(ready, 2 + 2 * n, -1);
        if (ready[0].revents != 0)
            return NULL;
        (void)pthread_mutex_lock(&proxy->lock);
        pump_all(proxy, ready + 2, n);
        if (ready[1].revents != 0)
            take(proxy);
        (void)pthread_mutex_unlock(&proxy->lock);
    }
}

struct proxy *proxy_open(uint16_t to)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    struct sockaddr_in any = local(0);
    socklen_t size = sizeof any;
    check(proxy != NULL);
    proxy->to = to;
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(proxy->listener, (void *)&any, size) == 0 && listen(proxy->listener, 16) == 0 &&
          getsockname(proxy->listener, (void *)&any, &size) == 0);
    proxy->port = ntohs(any.sin_port);
    check(pipe(proxy->wake) == 0 && pthread_mutex_init(&proxy->lock, NULL) == 0 &&
          pthread_create(&proxy->thread, NULL, run, proxy) == 0);
    return proxy;
}

uint16_t proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

void proxy_fail_at(struct proxy *proxy, enum proxy_fault fault, const char *word)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->fault = fault;
    proxy->word = word;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_answer(struct proxy *proxy, const char *command, const bson_t *reply, int times)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->command = command;
    proxy->reply = reply;
    proxy->times = times;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_heal(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->down = false;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_close(struct proxy *proxy)
{
    check(write(proxy->wake[1], "x", 1) == 1 && pthread_join(proxy->thread, NULL) == 0);
    while (proxy->n > 0)
        drop(proxy, 0);
    (void)close(proxy->listener);
    (void)close(proxy->wake[0]);
    (void)close(proxy->wake[1]);
    (void)pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}
