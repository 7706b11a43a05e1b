/* world: simulated processes on one thread, one clock and one seed.
 *
 * A node is a process: its threads are fibers, its memory is one arena that goes with it. A fiber
 * runs until it waits; the world then runs whichever actor is due next and moves its clock there.
 * A node can be stopped, go on, or die at any call into the simulated database or Kafka.
 *
 * There is one world at a time, in `world`: what is replaced at link time has no other way to find
 * it. NULL: there is none, and nothing waits (a suite that runs on the simulated database). Times
 * are microseconds since the world began. */
#pragma once

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "tests/simulation/world/dice.h"
#include "tests/simulation/world/owned.h"
#include "tests/simulation/world/sanitizer.h"

struct node;
struct fiber;

/* Something that acts at a time of its own, outside of all nodes. */
struct actor {
    int64_t at; /* INT64_MAX: not at all */
    void (*act)(void *context);
    void *context;
    struct actor *next;
};

struct world {
    int64_t now;
    struct dice dice;    /* of the schedule and the faults */
    struct dice entropy; /* of randombytes_buf() */
    struct node *nodes;
    struct actor *actors;
    struct fiber *running; /* NULL: the scheduler itself, or an actor */
    jmp_buf scheduler;
    struct switched_stack asan; /* the scheduler's */
    bool ended;
    /* Called at each call of a node into the database or Kafka, before it has an effect. May stop
     * the node by node_stop(), or kill it by node_die(). NULL: nothing. */
    void (*at_call)(void *context, struct node *node, const char *call);
    void *context;
    uint64_t calls;
    uint64_t calls_then; /* when the clock moved last, to `calls_at` */
    int64_t calls_at;
    uint64_t spins; /* times that a node called without ever waiting */
    uint64_t nodes_started;
};

extern struct world *world;

#define WORLD_BEGINS INT64_C(1780000000000) /* wall clock, ms */

struct node {
    struct node *next;
    int number;      /* of the place it has: a restarted node has the same */
    uint64_t serial; /* of this one alone; from 1 on */
    bool dead;
    void *arena;
    struct owned *owned; /* besides the arena */
    int64_t goes_on_at;  /* it stands still until then */
    int64_t wall_offset_us, monotonic_offset_us;
    size_t messages; /* of Kafka, that it was given and has not freed */
    struct fiber *fibers;
    void *own; /* the starter's */
    /* When it ends, however that comes; frees nothing of the arena. */
    void (*ended)(struct node *node, bool died);
};

struct fiber {
    struct fiber *next;
    struct node *node;
    ucontext_t start; /* of its stack */
    jmp_buf at;       /* where it gave way, once it has begun */
    bool begun;
    void *stack;
    struct switched_stack asan;
    void *(*run)(void *argument);
    void *argument;
    int64_t wake_at;
    const void *waits_for; /* what else may wake it; NULL: only the time */
    bool done;
};

/* Begins with no nodes and no actors. */
void world_open(struct world *opened, uint64_t seed);
void world_close(void);
void world_add_actor(struct actor *actor);
/* Runs until world_end(), or until nothing is left to happen. */
void world_run(void);
void world_end(void);
int64_t world_now(void); /* 0: there is no world */

/* One more thread of a node. */
struct fiber *world_add_fiber(struct node *node, void *(*run)(void *argument), void *argument);
/* A new process whose first thread runs `run`; it ends when that returns. */
struct node *node_start(int number, void *own, void *(*run)(void *argument), void *argument,
                        void (*ended)(struct node *node, bool died));
/* Ends it here and now; from one of its own fibers it does not return. */
void node_die(struct node *node);
void node_stop(struct node *node, int64_t until);
bool node_is_stopped(const struct node *node);

/* The node that runs; NULL: none. */
struct node *world_node(void);
void *world_arena(void); /* its arena, or NULL */

/* The running fiber waits; elsewhere it does nothing. */
void world_wait(int64_t us);
/* Likewise until `at`, or until world_wake() with the same `what`. */
void world_wait_for(const void *what, int64_t at);
void world_wake(const void *what);
/* A call into what is simulated: here the node may be stopped or die. */
void world_call(const char *call);

int64_t world_wall_us(const struct node *node); /* NULL: the true time */
int64_t world_monotonic_us(const struct node *node);
