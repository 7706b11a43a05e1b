/* The checked longjmp() takes another stack for a mistake. */
#undef _FORTIFY_SOURCE
#include "tests/simulation/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>

#define STACK_BYTES (1024 * 1024)
#define GUARD_BYTES 4096
#define SPINS_MOST                                                                                 \
    200000 /* calls without a wait: a batch of imports sends some 20,000 messages                  \
            */

struct world *world;

/* Stacks that are free, as a list within them. */
static void *free_stacks;

static void *new_stack(void)
{
    void *stack = free_stacks;
    if (stack != NULL) {
        memcpy(&free_stacks, (char *)stack + GUARD_BYTES, sizeof free_stacks);
        return stack;
    }
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) < 0)
        abort();
    return stack;
}

static void drop_stack(void *stack)
{
    memcpy((char *)stack + GUARD_BYTES, &free_stacks, sizeof free_stacks);
    free_stacks = stack;
}

/* --- The world --- */

void world_open(struct world *opened, uint64_t seed)
{
    *opened = (struct world){.dice = {seed}, .entropy = {~seed}};
    world = opened;
}

static void free_node(struct node *node)
{
    while (node->fibers != NULL) {
        struct fiber *fiber = node->fibers;
        node->fibers = fiber->next;
        drop_stack(fiber->stack);
        free(fiber);
    }
    talloc_free(node->arena);
    owned_free_all(&node->owned);
    free(node);
}

void world_close(void)
{
    while (world->nodes != NULL) {
        struct node *node = world->nodes;
        world->nodes = node->next;
        free_node(node);
    }
    world = NULL;
}

void world_add_actor(struct actor *actor)
{
    actor->next = world->actors;
    world->actors = actor;
}

void world_end(void)
{
    world->ended = true;
}

int64_t world_now(void)
{
    return world != NULL ? world->now : 0;
}

/* --- Fibers --- */

/* Not by swapcontext(), which asks the kernel for the signal mask each time. */
static void give_way(struct fiber *fiber)
{
    switch_begin(fiber->done || fiber->node->dead ? NULL : &fiber->asan, &world->asan);
    if (_setjmp(fiber->at) == 0)
        _longjmp(world->scheduler, 1);
    switch_end(&fiber->asan, &world->asan);
}

/* Until it gives way. */
static void go_on(struct fiber *fiber)
{
    switch_begin(&world->asan, &fiber->asan);
    if (_setjmp(world->scheduler) != 0) {
        switch_end(&world->asan, NULL);
        return;
    }
    if (fiber->begun)
        _longjmp(fiber->at, 1);
    fiber->begun = true;
    (void)setcontext(&fiber->start);
}

static void enter(unsigned high, unsigned low)
{
    struct fiber *fiber = (void *)(uintptr_t)((uint64_t)high << 32 | low);
    switch_end(&(struct switched_stack){0}, &world->asan);
    (void)fiber->run(fiber->argument);
    fiber->done = true;
    fiber->wake_at = INT64_MAX;
    if (fiber->next == NULL) { /* the first: main() returned */
        fiber->node->dead = true;
        fiber->node->ended(fiber->node, false);
    }
    world_wake(fiber);
    give_way(fiber);
}

struct fiber *world_add_fiber(struct node *node, void *(*run)(void *), void *argument)
{
    struct fiber *fiber = calloc(1, sizeof *fiber);
    uint64_t address = (uintptr_t)fiber;
    *fiber = (struct fiber){.next = node->fibers,
                            .node = node,
                            .stack = new_stack(),
                            .run = run,
                            .argument = argument,
                            .wake_at = world->now};
    node->fibers = fiber;
    (void)getcontext(&fiber->start);
    fiber->start.uc_stack.ss_sp = (char *)fiber->stack + GUARD_BYTES;
    fiber->start.uc_stack.ss_size = STACK_BYTES - GUARD_BYTES;
    fiber->start.uc_link = NULL;
    fiber->asan =
        (struct switched_stack){fiber->start.uc_stack.ss_sp, fiber->start.uc_stack.ss_size, NULL};
    stack_begins(&fiber->asan);
    makecontext(&fiber->start, (void (*)(void))enter, 2, (unsigned)(address >> 32),
                (unsigned)address);
    return fiber;
}

void world_wait_for(const void *what, int64_t at)
{
    struct fiber *fiber = world != NULL ? world->running : NULL;
    if (fiber == NULL)
        return;
    fiber->waits_for = what;
    fiber->wake_at = at > world->now ? at : world->now;
    give_way(fiber);
    fiber->waits_for = NULL;
}

void world_wait(int64_t us)
{
    if (world != NULL)
        world_wait_for(NULL, world->now + us);
}

void world_wake(const void *what)
{
    for (struct node *node = world != NULL ? world->nodes : NULL; node != NULL; node = node->next)
        for (struct fiber *fiber = node->fibers; fiber != NULL; fiber = fiber->next)
            if (fiber->waits_for == what && !fiber->done && fiber->wake_at > world->now)
                fiber->wake_at = world->now;
}

struct node *world_node(void)
{
    return world != NULL && world->running != NULL ? world->running->node : NULL;
}

void *world_arena(void)
{
    const struct node *node = world_node();
    return node != NULL ? node->arena : NULL;
}

void world_call(const char *call)
{
    struct node *node = world_node();
    if (node == NULL)
        return;
    world->calls++;
    if (world->now != world->calls_at)
        world->calls_then = world->calls;
    world->calls_at = world->now;
    if (world->calls - world->calls_then > SPINS_MOST) {
        world->calls_then = world->calls;
        world->spins++;
        world->ended = true;
        world_wait(1000);
    }
    if (world->at_call != NULL)
        world->at_call(world->context, node, call);
    if (node->goes_on_at > world->now)
        world_wait(0);
}

/* --- Nodes --- */

struct node *node_start(int number, void *own, void *(*run)(void *), void *argument,
                        void (*ended)(struct node *, bool))
{
    struct node *node = calloc(1, sizeof *node);
    *node = (struct node){.next = world->nodes,
                          .number = number,
                          .serial = ++world->nodes_started,
                          .arena = talloc_named_const(NULL, 0, "node"),
                          .monotonic_offset_us = dice_between(&world->dice, 1, 1000000) * 1000,
                          .own = own,
                          .ended = ended};
    world->nodes = node;
    (void)world_add_fiber(node, run, argument);
    return node;
}

void node_die(struct node *node)
{
    bool own = world_node() == node;
    node->dead = true;
    node->ended(node, true);
    if (own)
        give_way(world->running); /* never to come back */
}

void node_stop(struct node *node, int64_t until)
{
    if (until > node->goes_on_at)
        node->goes_on_at = until;
}

bool node_is_stopped(const struct node *node)
{
    return node->goes_on_at > world->now;
}

static void bury_dead(void)
{
    for (struct node **at = &world->nodes; *at != NULL;) {
        struct node *node = *at;
        if (!node->dead) {
            at = &node->next;
            continue;
        }
        *at = node->next;
        free_node(node);
    }
}

/* --- The schedule --- */

struct due {
    int64_t at;
    struct fiber *fiber;
    struct actor *actor;
};

static struct due find_due(void)
{
    struct due due = {.at = INT64_MAX};
    for (struct actor *actor = world->actors; actor != NULL; actor = actor->next)
        if (actor->at < due.at)
            due = (struct due){.at = actor->at, .actor = actor};
    for (struct node *node = world->nodes; node != NULL; node = node->next)
        for (struct fiber *fiber = node->fibers; fiber != NULL; fiber = fiber->next) {
            int64_t at = fiber->wake_at > node->goes_on_at ? fiber->wake_at : node->goes_on_at;
            if (!fiber->done && at < due.at)
                due = (struct due){.at = at, .fiber = fiber};
        }
    return due;
}

static bool any_dead(void)
{
    for (const struct node *node = world->nodes; node != NULL; node = node->next)
        if (node->dead)
            return true;
    return false;
}

void world_run(void)
{
    while (!world->ended) {
        const struct due due = find_due();
        if (due.at == INT64_MAX)
            return;
        if (due.at > world->now)
            world->now = due.at;
        if (due.actor != NULL) {
            due.actor->act(due.actor->context);
        } else {
            world->running = due.fiber;
            due.fiber->wake_at = INT64_MAX;
            go_on(due.fiber);
            world->running = NULL;
        }
        if (any_dead())
            bury_dead();
    }
}

/* --- Clocks --- */

int64_t world_wall_us(const struct node *node)
{
    return WORLD_BEGINS * 1000 + world->now + (node != NULL ? node->wall_offset_us : 0);
}

int64_t world_monotonic_us(const struct node *node)
{
    return world->now + (node != NULL ? node->monotonic_offset_us : 0);
}
