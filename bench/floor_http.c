/* floor_http: what HTTP alone can do: the services' own server, on their own loop, that answers
 * every request at once with as many bytes as a purchase is answered with.
 *
 * Prints its port, and serves until it is told to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "libshared/base/mem.h"
#include "libshared/http/server.h"
#include "libshared/service/loop.h"

#define BODY_SIZE 800 /* about an order */
#define CONNECTIONS 2048

static char body[BODY_SIZE];

static void answer(void *user, struct http_request *request)
{
    static const struct http_header headers[] = {{"ETag", "\"1\""}, {NULL, NULL}};
    const struct http_response response = {.status = 201,
                                           .content_type = "application/json",
                                           .body = body,
                                           .body_size = sizeof body,
                                           .headers = headers};
    (void)user;
    http_respond(request, &response);
}

static void refuse(void *user, struct http_request *request, const struct http_fault *fault,
                   struct http_response *ret_response)
{
    (void)user;
    (void)request;
    *ret_response = (struct http_response){.status = fault->status};
}

static void stop(void *user, const struct clock_time *now)
{
    (void)now;
    loop_stop(user);
}

int main(void)
{
    mem_init();
    void *arena = mem_arena(NULL, 0);
    const struct http_server_config config = {.bind_address = "127.0.0.1",
                                              .max_connections = CONNECTIONS,
                                              .handle = answer,
                                              .error_response = refuse};
    struct http_server *server;
    struct loop *loop;
    memset(body, 'x', sizeof body);
    if (loop_open(arena, &loop) < 0 || loop_on_stop(loop, stop, loop) < 0 ||
        http_server_open(arena, &config, &server) < 0 ||
        loop_add(loop, http_server_fd(server), EPOLLIN, NULL, NULL) < 0)
        return EXIT_FAILURE;
    loop_each_pass(loop, http_server_run, server);
    printf("%d\n", http_server_port(server));
    (void)fflush(stdout);
    int r = loop_run(loop);
    http_server_close(server);
    mem_free(arena);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
