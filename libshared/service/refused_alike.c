#include "libshared/service/refused_alike.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/mem.h"

#define NAME_SIZE crypto_generichash_BYTES
#define MAX_KINDS 1024 /* of which one that nobody asks for gives way to a new one */

TAILQ_HEAD(askers, asker);

struct refused_kind {
    uint8_t name[NAME_SIZE]; /* the hash of its text */
    bool asked;              /* one is under way */
    struct askers before;    /* who came before it was sent */
    struct askers since;
    UT_hash_handle hh;
};

struct refused_alike {
    const struct refused_alike_calls *calls;
    struct refused_kind *kinds;
    size_t waiting, max_waiting;
};

static int clear(struct refused_alike *refused)
{
    HASH_CLEAR(hh, refused->kinds); /* uthash's buckets are malloc's */
    return 0;
}

struct refused_alike *refused_alike_new(const void *arena, const struct refused_alike_calls *calls,
                                        size_t max_waiting)
{
    struct refused_alike *refused = mem_new(arena, struct refused_alike);
    refused->calls = calls;
    refused->max_waiting = max_waiting;
    talloc_set_destructor(refused, clear);
    return refused;
}

bool refused_alike_any(const struct refused_alike *refused)
{
    return refused->kinds != NULL;
}

/* --- Kinds --- */

static struct refused_kind *find(const struct refused_alike *refused, const char *kind,
                                 uint8_t ret_name[NAME_SIZE])
{
    struct refused_kind *found = NULL;
    (void)crypto_generichash(ret_name, NAME_SIZE, (const uint8_t *)kind, strlen(kind), NULL, 0);
    HASH_FIND(hh, refused->kinds, ret_name, NAME_SIZE, found);
    return found;
}

static void forget(struct refused_alike *refused, struct refused_kind *kind)
{
    HASH_DEL(refused->kinds, kind);
    mem_free(kind);
}

static bool make_room(struct refused_alike *refused)
{
    struct refused_kind *kind, *next;
    if (HASH_COUNT(refused->kinds) < MAX_KINDS)
        return true;
    HASH_ITER (hh, refused->kinds, kind, next)
        if (!kind->asked) {
            forget(refused, kind);
            return true;
        }
    return false;
}

static void remember(struct refused_alike *refused, const char *text)
{
    uint8_t name[NAME_SIZE];
    if (find(refused, text, name) != NULL || !make_room(refused))
        return;
    struct refused_kind *kind = mem_new(refused, struct refused_kind);
    memcpy(kind->name, name, NAME_SIZE);
    TAILQ_INIT(&kind->before);
    TAILQ_INIT(&kind->since);
    HASH_ADD(hh, refused->kinds, name, NAME_SIZE, kind);
}

/* --- Who waits --- */

bool refused_alike_wait(struct refused_alike *refused, const char *kind, struct asker *asker)
{
    uint8_t name[NAME_SIZE];
    struct refused_kind *of = find(refused, kind, name);
    if (of == NULL)
        return false;
    if (of->asked && refused->waiting == refused->max_waiting)
        return false;
    if (of->asked) {
        TAILQ_INSERT_TAIL(&of->since, asker, link);
        refused->waiting++;
        return true;
    }
    of->asked = true;
    asker->kind = of;
    return false;
}

static struct asker *take_first(struct refused_alike *refused, struct askers *askers)
{
    struct asker *asker = TAILQ_FIRST(askers);
    if (asker == NULL)
        return NULL;
    TAILQ_REMOVE(askers, asker, link);
    refused->waiting--;
    return asker;
}

static struct refused_kind *take_kind(struct asker *asker)
{
    struct refused_kind *kind = asker->kind;
    asker->kind = NULL;
    return kind;
}

/* The first that is still there asks for all who have come. Once it is sent the kind may be gone.
 */
static void ask_next(struct refused_alike *refused, struct refused_kind *kind)
{
    struct asker *next;
    TAILQ_CONCAT(&kind->before, &kind->since, link);
    while ((next = take_first(refused, &kind->before)) != NULL) {
        next->kind = kind;
        if (refused->calls->send(next))
            return;
        next->kind = NULL;
    }
    kind->asked = false;
}

void refused_alike_refused(struct refused_alike *refused, struct asker *asker, const char *kind,
                           const void *answer)
{
    struct refused_kind *of = take_kind(asker);
    struct asker *waiting;
    if (of == NULL) {
        remember(refused, kind);
        return;
    }
    while ((waiting = take_first(refused, &of->before)) != NULL)
        refused->calls->refuse(waiting, answer);
    ask_next(refused, of);
}

/* All who waited for it. Nobody waits for anybody of the kind any longer. */
static void take_all(struct refused_alike *refused, struct asker *asker, struct askers *ret_all)
{
    struct refused_kind *kind = take_kind(asker);
    TAILQ_INIT(ret_all);
    if (kind == NULL)
        return;
    TAILQ_CONCAT(ret_all, &kind->before, link);
    TAILQ_CONCAT(ret_all, &kind->since, link);
    forget(refused, kind);
}

void refused_alike_answered(struct refused_alike *refused, struct asker *asker)
{
    struct askers all;
    struct asker *waiting;
    take_all(refused, asker, &all);
    while ((waiting = take_first(refused, &all)) != NULL)
        (void)refused->calls->send(waiting);
}

void refused_alike_lost(struct refused_alike *refused, struct asker *asker)
{
    struct askers all;
    struct asker *waiting;
    take_all(refused, asker, &all);
    while ((waiting = take_first(refused, &all)) != NULL)
        refused->calls->give_up(waiting);
}
