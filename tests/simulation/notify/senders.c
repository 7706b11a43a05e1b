/* notify-svc/senders.h with fibers: the library's locks would stop the world. */
#include "notify-svc/senders.h"

#include "libshared/base/mem.h"
#include "tests/simulation/world/threads.h"
#include "tests/simulation/world/world.h"

#define FIBERS 4

STAILQ_HEAD(sendings, sending);

struct senders {
    struct senders_config config;
    struct sendings todo, done;
    struct fiber *fibers[FIBERS];
    bool closing;
};

static struct sending *first_of(struct sendings *queue)
{
    struct sending *first = STAILQ_FIRST(queue);
    if (first != NULL)
        STAILQ_REMOVE_HEAD(queue, link);
    return first;
}

static void *run(void *argument)
{
    struct senders *senders = argument;
    while (!senders->closing) {
        struct sending *sending = first_of(&senders->todo);
        if (sending == NULL) {
            world_wait_for(senders, INT64_MAX);
            continue;
        }
        senders->config.send(senders->config.context, NULL, sending);
        STAILQ_INSERT_TAIL(&senders->done, sending, link);
    }
    return NULL;
}

int senders_open(const void *arena, const struct senders_config *config,
                 struct senders **ret_senders)
{
    struct senders *senders = mem_new(arena, struct senders);
    senders->config = *config;
    STAILQ_INIT(&senders->todo);
    STAILQ_INIT(&senders->done);
    for (size_t i = 0; i < FIBERS; i++)
        senders->fibers[i] = thread_start(run, senders);
    *ret_senders = senders;
    return 0;
}

void senders_close(struct senders *senders)
{
    senders->closing = true;
    world_wake(senders);
    for (size_t i = 0; i < FIBERS; i++)
        thread_join(senders->fibers[i]);
    mem_free(senders);
}

void senders_put(struct senders *senders, struct sending *sending)
{
    STAILQ_INSERT_TAIL(&senders->todo, sending, link);
    world_wake(senders);
}

struct sending *senders_take(struct senders *senders)
{
    return first_of(&senders->done);
}
