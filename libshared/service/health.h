/* health: /livez and /readyz.
 *
 * Alive is who answers at all; ready is who can serve, which named checks decide. /healthz is an
 * alias of /livez: what restarts a process by it must not do so because a dependency is away.
 * One thread, the loop's. Freed with its arena. */
#pragma once

#include <stdbool.h>

struct health;

/* True if well; else *ret_reason, a fixed sentence or one that lives until the next check. */
typedef bool health_check(void *user, const char **ret_reason);

/* The JSON Schema of what health_live() and health_ready() return. */
extern const char health_schema[];

struct health *health_new(const void *arena);
/* `name` is borrowed for good. */
void health_add(struct health *health, const char *name, health_check *check, void *user);
/* From here on never ready: a load balancer looks elsewhere while what waits is answered. */
void health_stopping(struct health *health);
bool health_is_stopping(const struct health *health);

/* The bodies, JSON, in `arena`. /livez is always 200; /readyz 200 or 503 by *ret_ready. */
const char *health_live(void);
char *health_ready(const struct health *health, const void *arena, bool *ret_ready);
