#include "tests/simulation/world/threads.h"

#include <bson/bson.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

static uint64_t aborts;

void (*world_log)(int level, const char *event, const struct log_field *fields);

struct fiber *thread_start(void *(*run)(void *), void *argument)
{
    return world_add_fiber(world_node(), run, argument);
}

void thread_join(struct fiber *fiber)
{
    while (!fiber->done)
        world_wait_for(fiber, INT64_MAX);
}

void thread_abort(struct node *node)
{
    aborts++;
    node_die(node);
    __builtin_unreachable();
}

uint64_t thread_aborts(void)
{
    return aborts;
}

/* --- Memory of libraries --- */

static void *take(size_t size)
{
    void *memory = talloc_size(world_arena(), size);
    if (memory == NULL)
        abort();
    return memory;
}

static void give_back(void *memory)
{
    if (memory != NULL)
        talloc_free(memory);
}

static void *take_zeroed(size_t n, size_t size)
{
    return memset(take(n * size), 0, n * size);
}

static void *take_more(void *memory, size_t size)
{
    memory = talloc_realloc_size(memory == NULL ? world_arena() : NULL, memory, size);
    if (memory == NULL && size > 0)
        abort();
    return memory;
}

/* Small, and of which there are many: an arena takes longer. */
static void *take_small(size_t size)
{
    struct node *node = world_node();
    struct owned *owned = malloc(sizeof *owned + size);
    if (owned == NULL)
        abort();
    owned_add(node != NULL ? &node->owned : NULL, owned);
    return owned + 1;
}

static void give_back_small(void *memory)
{
    struct owned *owned = (struct owned *)memory - 1;
    if (memory == NULL)
        return;
    owned_remove(owned);
    free(owned);
}

void memory_open(void)
{
    const bson_mem_vtable_t table = {
        .malloc = take, .calloc = take_zeroed, .realloc = take_more, .free = give_back};
    bson_mem_set_vtable(&table);
    json_set_alloc_funcs(take_small, give_back_small);
    json_object_seed(1);
}
