/* sink: a mail server that takes everything and keeps nothing, as fast as it can, and prints every
 * 100 ms how many messages it has taken, a line each. Arguments: its port. One thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/clock.h"

#define LINE_SIZE 2048
#define EVENTS 64
#define TELL_MS 100

struct client {
    int fd;
    bool data; /* within a message */
    char line[LINE_SIZE];
    size_t length;
};

static uint64_t taken;

static void give_up(const char *what)
{
    fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void say(const struct client *client, const char *text)
{
    (void)!write(client->fd, text, strlen(text));
}

static bool begins(const struct client *client, const char *verb)
{
    return strncasecmp(client->line, verb, strlen(verb)) == 0;
}

static void take_command(struct client *client)
{
    if (begins(client, "EHLO")) {
        say(client, "250-sink\r\n250 8BITMIME\r\n");
    } else if (begins(client, "DATA")) {
        client->data = true;
        say(client, "354 Go on\r\n");
    } else if (begins(client, "QUIT")) {
        say(client, "221 Bye\r\n");
    } else {
        say(client, "250 OK\r\n");
    }
}

static void take_line(struct client *client)
{
    if (!client->data) {
        take_command(client);
    } else if (strcmp(client->line, ".") == 0) {
        client->data = false;
        taken++;
        say(client, "250 Taken\r\n");
    }
}

/* Lines too long are cut: none of those matters. */
static void take(struct client *client, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            if (client->length > 0 && client->line[client->length - 1] == '\r')
                client->length--;
            client->line[client->length] = '\0';
            take_line(client);
            client->length = 0;
        } else if (client->length < LINE_SIZE - 1) {
            client->line[client->length++] = bytes[i];
        }
    }
}

static void serve(struct client *client)
{
    char bytes[64 * 1024];
    ssize_t size = read(client->fd, bytes, sizeof bytes);
    if (size > 0) {
        take(client, bytes, (size_t)size);
        return;
    }
    (void)close(client->fd);
    free(client);
}

static void welcome(int epoll, int listener)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        give_up("calloc");
    client->fd = accept(listener, NULL, NULL);
    if (client->fd < 0)
        give_up("accept");
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) < 0)
        give_up("epoll_ctl");
    say(client, "220 sink ESMTP\r\n");
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 256) < 0)
        give_up("listen");
    return fd;
}

static void tell(int64_t *told_ms)
{
    int64_t now = clock_monotonic_ms();
    if (now - *told_ms < TELL_MS)
        return;
    *told_ms = now;
    printf("%llu\n", (unsigned long long)taken);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: sink PORT\n");
        return 2;
    }
    int listener = listen_on((uint16_t)atoi(argv[1])), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
        give_up("epoll");
    for (int64_t told_ms = 0;; tell(&told_ms)) {
        int n = epoll_wait(epoll, events, EVENTS, TELL_MS);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL)
                welcome(epoll, listener);
            else
                serve(events[i].data.ptr);
        }
    }
}
