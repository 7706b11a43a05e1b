/* load: sends a request over and over on a number of keep-alive connections, each waiting for its
 * answer before it asks again, and prints what came of it as a line of JSON. Of several bodies each
 * request has the next. With the path "-" the requests are the lines of the standard input, each a
 * path, a blank and a body. Connections are shared out evenly to the ports. With -o each request is
 * sent once, and then it is over.
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
    uint16_t port;
    bool waiting;
    int64_t sent_us;
    char head[HEAD_SIZE];
    size_t n_head;
    int status; /* 0: its head is not read yet */
    size_t body_left;
};

struct load {
    const uint16_t *ports; /* taken in turn */
    size_t n_ports;
    const char **requests; /* likewise */
    size_t n_requests, sent;
    bool once;
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
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(connection->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 || connect(connection->fd, (const struct sockaddr *)&to, sizeof to) < 0)
        give_up("connect");
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(connection->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
        give_up("epoll");
}

static bool is_over(const struct load *load)
{
    return now_us() >= load->end_us || (load->once && load->sent == load->n_requests);
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
    if (connection->waiting || is_over(load))
        return;
    if (connection->fd < 0)
        dial(load, connection);
    ask(load, connection);
}

static void run(struct load *load, struct connection *connections, size_t n)
{
    struct epoll_event events[256];
    for (size_t i = 0; i < n; i++) {
        connections[i].port = load->ports[i % load->n_ports];
        dial(load, &connections[i]);
    }
    for (size_t i = 0; i < n && !is_over(load); i++)
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

static const uint16_t *ports_of(const void *arena, char *text, size_t *ret_n)
{
    uint16_t *ports = mem_array(arena, uint16_t, strlen(text) + 1);
    char *rest;
    size_t n = 0;
    for (char *port = strtok_r(text, ",", &rest); port != NULL; port = strtok_r(NULL, ",", &rest))
        ports[n++] = (uint16_t)atoi(port);
    *ret_n = n;
    return ports;
}

/* What every request goes by. */
struct target {
    const char *method, *path;
};

static const char *request_text(const void *arena, const struct target *target, const char *body)
{
    return mem_printf(arena,
                      "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      target->method, target->path, strlen(body), body);
}

static const char *request_of_line(const void *arena, const char *method, char *line)
{
    char *rest;
    const struct target target = {method, strtok_r(line, " \n", &rest)};
    const char *body = strtok_r(NULL, "\n", &rest);
    return request_text(arena, &target, body == NULL ? "" : body);
}

static void read_requests(struct load *load, const void *arena, const char *method)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 1) {
        load->requests = mem_grow(arena, load->requests, const char *, load->n_requests + 1);
        load->requests[load->n_requests++] = request_of_line(arena, method, line);
    }
    free(line);
}

/* One of no body where none is given. */
static void write_requests(struct load *load, const void *arena, const struct target *target,
                           char *const bodies[], size_t n_bodies)
{
    load->n_requests = n_bodies > 0 ? n_bodies : 1;
    load->requests = mem_array(arena, const char *, load->n_requests);
    for (size_t i = 0; i < load->n_requests; i++)
        load->requests[i] = request_text(arena, target, n_bodies > 0 ? bodies[i] : "");
}

int main(int argc, char *argv[])
{
    const char *program = argv[0];
    const bool once = argc > 1 && strcmp(argv[1], "-o") == 0;
    argc -= once;
    argv += once;
    if (argc < 6 || atoi(argv[2]) < 1 || atoi(argv[1]) < 1) {
        fprintf(stderr, "usage: %s [-o] PORT[,PORT...] CONNECTIONS SECONDS METHOD PATH [BODY...]\n",
                program);
        return EXIT_FAILURE;
    }
    mem_init();
    void *arena = mem_arena(NULL, 0);
    size_t n = (size_t)atoi(argv[2]);
    struct load load = {
        .latencies.arena = arena, .epoll = epoll_create1(EPOLL_CLOEXEC), .once = once};
    const struct target target = {argv[4], argv[5]};
    load.ports = ports_of(arena, argv[1], &load.n_ports);
    if (strcmp(target.path, "-") == 0)
        read_requests(&load, arena, target.method);
    else
        write_requests(&load, arena, &target, argv + 6, (size_t)argc - 6);
    if (load.n_requests == 0) {
        errno = ENODATA;
        give_up("requests");
    }
    int64_t start = now_us();
    load.end_us = start + (int64_t)(atof(argv[3]) * 1e6);
    run(&load, mem_array(arena, struct connection, n), n);
    print(&load, now_us() - start);
    (void)close(load.epoll);
    mem_free(arena);
    return EXIT_SUCCESS;
}
