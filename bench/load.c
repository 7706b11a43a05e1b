/* load: sends a request over and over on a number of keep-alive connections, each waiting for its
 * answer before it asks again, and prints what came of it as a line of JSON. Of several bodies each
 * request has the next.
 *
 * Only answers with a 2xx count as done and are timed. When the time is over nothing new is sent
 * and what was sent is waited for, so that the figures are those of the server. One thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/latencies.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

#define HEAD_SIZE 8192
#define STATUSES 600
#define PATIENCE_US                                                                                \
    15000000 /* for answers after the end: longer than any deadline of a service                   \
              */

struct connection {
    int fd; /* -1: closed */
    bool waiting;
    int64_t sent_us;
    char head[HEAD_SIZE];
    size_t n_head;
    int status; /* 0: its head is not read yet */
    size_t body_left;
};

struct load {
    struct sockaddr_in to;
    const char **requests; /* taken in turn */
    size_t n_requests, sent;
    int epoll;
    int64_t end_us;
    size_t waiting;
    struct latencies latencies;
    uint64_t statuses[STATUSES];
    uint64_t broken; /* closed on a request, or not HTTP */
};

static int64_t now_us(void)
{
    return clock_read().monotonic_us;
}

static void give_up(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void hang_up(struct load *load, struct connection *connection)
{
    if (connection->waiting) {
        load->waiting--;
        load->broken++;
    }
    (void)close(connection->fd);
    connection->fd = -1;
    connection->waiting = false;
}

static void dial(struct load *load, struct connection *connection)
{
    const int on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (const struct sockaddr *)&load->to, sizeof load->to) < 0)
        give_up("connect");
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(connection->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
        give_up("epoll");
}

/* A request is small: a socket that does not take it whole is broken. */
static void ask(struct load *load, struct connection *connection)
{
    const char *request = load->requests[load->sent++ % load->n_requests];
    const size_t size = strlen(request);
    connection->n_head = 0;
    connection->status = 0;
    connection->sent_us = now_us();
    connection->waiting = true;
    load->waiting++;
    if (send(connection->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
        hang_up(load, connection);
}

static void answered(struct load *load, struct connection *connection)
{
    connection->waiting = false;
    load->waiting--;
    load->statuses[connection->status]++;
    if (connection->status / 100 != 2)
        return;
    latencies_add(&load->latencies, now_us() - connection->sent_us);
}

static size_t content_length(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");
    return line == NULL ? 0 : strtoul(strchr(line, ':') + 1, NULL, 10);
}

/* Takes bytes of an answer's head; returns how many, or -1 if that is no HTTP. */
static ssize_t take_head(struct connection *connection, const char *bytes, size_t n)
{
    size_t before = connection->n_head;
    size_t room = sizeof connection->head - 1 - before;
    size_t taken = n < room ? n : room;
    memcpy(connection->head + before, bytes, taken);
    connection->head[before + taken] = '\0';
    const char *end = strstr(connection->head, "\r\n\r\n");
    connection->n_head = before + taken;
    if (end == NULL)
        return taken == room ? -1 : (ssize_t)taken;
    if (sscanf(connection->head, "HTTP/1.%*1d %3d", &connection->status) != 1 ||
        connection->status < 100 || connection->status >= STATUSES)
        return -1;
    connection->body_left = content_length(connection->head);
    return end + 4 - connection->head - (ssize_t)before;
}

static bool take(struct load *load, struct connection *connection, const char *bytes, size_t n)
{
    while (n > 0) {
        if (!connection->waiting)
            return false;
        ssize_t taken;
        if (connection->status == 0)
            taken = take_head(connection, bytes, n);
        else {
            taken = (ssize_t)(n < connection->body_left ? n : connection->body_left);
            connection->body_left -= (size_t)taken;
        }
        if (taken < 0)
            return false;
        bytes += taken;
        n -= (size_t)taken;
        if (connection->status != 0 && connection->body_left == 0)
            answered(load, connection);
    }
    return true;
}

static bool says_close(const struct connection *connection)
{
    return strcasestr(connection->head, "\r\nConnection: close") != NULL;
}

static void readable(struct load *load, struct connection *connection)
{
    char bytes[65536];
    ssize_t n = recv(connection->fd, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || !take(load, connection, bytes, (size_t)n) ||
        (!connection->waiting && says_close(connection)))
        hang_up(load, connection);
    if (connection->waiting || now_us() >= load->end_us)
        return;
    if (connection->fd < 0)
        dial(load, connection);
    ask(load, connection);
}

static void run(struct load *load, struct connection *connections, size_t n)
{
    struct epoll_event events[256];
    for (size_t i = 0; i < n; i++)
        dial(load, &connections[i]);
    for (size_t i = 0; i < n; i++)
        ask(load, &connections[i]);
    while (load->waiting > 0 && now_us() < load->end_us + PATIENCE_US) {
        int ready = epoll_wait(load->epoll, events, 256, 100);
        for (int i = 0; i < ready; i++)
            readable(load, events[i].data.ptr);
    }
}

static void print(struct load *load, int64_t elapsed_us)
{
    const char *comma = "";
    printf("{");
    latencies_print(&load->latencies, elapsed_us);
    printf(", \"broken\": %" PRIu64 ", \"unanswered\": %zu, \"statuses\": {", load->broken,
           load->waiting);
    for (int status = 0; status < STATUSES; status++) {
        if (load->statuses[status] == 0)
            continue;
        printf("%s\"%d\": %" PRIu64, comma, status, load->statuses[status]);
        comma = ", ";
    }
    printf("}}\n");
}

static const char *request_text(const void *arena, char *const argv[], const char *body)
{
    return mem_printf(arena,
                      "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      argv[4], argv[5], argv[1], strlen(body), body);
}

/* One of no body where none is given. */
static void write_requests(struct load *load, const void *arena, char *const argv[], int argc)
{
    load->n_requests = argc > 6 ? (size_t)argc - 6 : 1;
    load->requests = mem_array(arena, const char *, load->n_requests);
    for (size_t i = 0; i < load->n_requests; i++)
        load->requests[i] = request_text(arena, argv, argc > 6 ? argv[6 + i] : "");
}

int main(int argc, char *argv[])
{
    if (argc < 6 || atoi(argv[2]) < 1) {
        fprintf(stderr, "usage: %s PORT CONNECTIONS SECONDS METHOD PATH [BODY...]\n", argv[0]);
        return EXIT_FAILURE;
    }
    mem_init();
    void *arena = mem_arena(NULL, 0);
    size_t n = (size_t)atoi(argv[2]);
    int64_t start = now_us();
    struct load load = {
        .latencies.arena = arena,
        .to = {.sin_family = AF_INET,
               .sin_port = htons((uint16_t)atoi(argv[1])),
               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .end_us = start + (int64_t)(atof(argv[3]) * 1e6),
    };
    write_requests(&load, arena, argv, argc);
    run(&load, mem_array(arena, struct connection, n), n);
    print(&load, now_us() - start);
    (void)close(load.epoll);
    mem_free(arena);
    return EXIT_SUCCESS;
}
