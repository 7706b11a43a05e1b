/* The suites of the real store, tests/db-svc/store/check_store*_real.c, and of batches, over the
 * simulated database: what they hold of the one holds of the other. Here is what they ask for
 * besides: where the database is, and a proxy before it. */
#include "tests/support/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/server.h"

#define PORT 27017
#define FIRST_PROXY 20000

struct proxy {
    struct proxy *next;
    uint16_t port;
    bool cut;
    enum proxy_fault fault;
    char *word; /* NULL: nothing is lost */
    const char *command;
    const bson_t *reply;
    int times;
};

/* One a process, as the server is: the suite knows neither. */
static struct {
    struct server server;
    struct proxy *proxies;
    uint16_t made;
} simulated;

static struct proxy *find_proxy(uint16_t port)
{
    for (struct proxy *at = simulated.proxies; at != NULL; at = at->next)
        if (at->port == port)
            return at;
    return NULL;
}

static bool reaches(void *context, uint16_t port)
{
    (void)context;
    const struct proxy *proxy = find_proxy(port);
    return port == PORT || (proxy != NULL && !proxy->cut);
}

static bool holds(const struct request *request, const char *command, const char *word)
{
    return strstr(command, word) != NULL ||
           memmem(bson_get_data(request->command), request->command->len, word, strlen(word)) !=
               NULL;
}

static struct fate fate(void *context, uint16_t port, const struct request *request,
                        const char *command)
{
    (void)context;
    struct proxy *proxy = find_proxy(port);
    if (proxy == NULL)
        return (struct fate){0};
    if (proxy->word != NULL && holds(request, command, proxy->word)) {
        free(proxy->word);
        proxy->word = NULL;
        proxy->cut = true;
        return (struct fate){.kind = proxy->fault == PROXY_LOSE_REPLY ? FATE_CUT_DONE : FATE_CUT};
    }
    if (proxy->command == NULL || strcmp(proxy->command, command) != 0 || proxy->times == 0)
        return (struct fate){0};
    proxy->times -= proxy->times > 0;
    return (struct fate){.kind = FATE_REFUSED, .reply = proxy->reply};
}

__attribute__((constructor)) static void open_simulated(void)
{
    setenv("MONGO_URI", "mongodb://127.0.0.1:27017/?replicaSet=simulated", 1);
    setenv("MONGO_DB", "simulated", 1);
    server_open(&simulated.server);
    simulated.server.locked_is_error = true;
    simulated.server.reaches = reaches;
    simulated.server.fate = fate;
}

struct proxy *proxy_open(uint16_t to)
{
    (void)to;
    struct proxy *proxy = calloc(1, sizeof *proxy);
    proxy->port = (uint16_t)(FIRST_PROXY + simulated.made++);
    proxy->next = simulated.proxies;
    simulated.proxies = proxy;
    return proxy;
}

uint16_t proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

void proxy_fail_at(struct proxy *proxy, enum proxy_fault fault, const char *word)
{
    free(proxy->word);
    proxy->fault = fault;
    proxy->word = strdup(word);
}

void proxy_answer(struct proxy *proxy, const char *command, const bson_t *reply, int times)
{
    /* Without a reply only what was set before is forgotten. */
    proxy->command = reply != NULL ? command : NULL;
    proxy->reply = reply;
    proxy->times = times;
}

void proxy_heal(struct proxy *proxy)
{
    proxy->cut = false;
}

void proxy_close(struct proxy *proxy)
{
    for (struct proxy **at = &simulated.proxies; *at != NULL; at = &(*at)->next)
        if (*at == proxy) {
            *at = proxy->next;
            break;
        }
    free(proxy->word);
    free(proxy);
}
