/* threads: the threads of the running node. */
#pragma once

#include "tests/simulation/world/world.h"

struct fiber *thread_start(void *(*run)(void *), void *argument);
void thread_join(struct fiber *fiber);
/* The node ends by its own fault: told, counted, and its death. */
void thread_abort(struct node *node) __attribute__((noreturn));
/* Aborts so far, in this process. */
uint64_t thread_aborts(void);

/* Has jansson and libbson take their memory from the node that runs, so that it goes with it.
 * First of all, once. */
void memory_open(void);

/* Where the log of nodes goes; NULL: nowhere. */
struct log_field;
extern void (*world_log)(int level, const char *event, const struct log_field *fields);
