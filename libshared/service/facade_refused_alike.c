/* One answer for all who are refused alike.
 *
 * A crowd that asks for what is sold out would have each of its requests sent, decided, committed
 * and answered, to hear the same. So while a kind of request is refused whoever buys, one of them
 * is under way, and the others wait. Its answer is given to those who had come before it was sent:
 * it was decided after each of them asked, and would have been the same for each. Then one of those
 * who came since is sent. Any other answer, and all who wait are sent by themselves. */
#include "libshared/service/facade_parts.h"

#include <sodium.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"
#include "libshared/service/facade_forward.h"

#define KIND_SIZE crypto_generichash_BYTES
#define MAX_KINDS 1024 /* of which one idle gives way to a new one */

TAILQ_HEAD(calls, facade_call);

/* Requests that were last refused whoever buys. */
struct refused_kind {
    uint8_t name[KIND_SIZE]; /* hash of the path and of the members that count */
    bool asked;              /* one of them is under way */
    struct calls before;     /* who came before it was sent */
    struct calls since;
    UT_hash_handle hh;
};

struct refused_alike {
    struct refused_kind *kinds;
};

static int clear(struct refused_alike *refused)
{
    HASH_CLEAR(hh, refused->kinds); /* uthash's buckets are malloc's */
    return 0;
}

struct refused_alike *refused_alike_new(const void *arena)
{
    struct refused_alike *refused = mem_new(arena, struct refused_alike);
    talloc_set_destructor(refused, clear);
    return refused;
}

static void name_kind(const struct facade_call *call, const json_t *body,
                      uint8_t ret_name[KIND_SIZE])
{
    const void *arena = call->request->arena;
    json_t *counts = json_object();
    for (const char *const *member = call->target->route->refused_by; *member != NULL; member++)
        (void)json_object_set(counts, *member, json_object_get(body, *member));
    const char *text =
        mem_printf(arena, "%s %s", call->request->path, json_text_take(arena, counts));
    (void)crypto_generichash(ret_name, KIND_SIZE, (const uint8_t *)text, strlen(text), NULL, 0);
}

static struct refused_kind *find(const struct refused_alike *refused, const uint8_t name[KIND_SIZE])
{
    struct refused_kind *kind = NULL;
    HASH_FIND(hh, refused->kinds, name, KIND_SIZE, kind);
    return kind;
}

bool facade_wait_with_others(struct facade_call *call, const struct message *message)
{
    const struct refused_alike *refused = call->facade->refused_alike;
    uint8_t name[KIND_SIZE];
    if (call->target->route->refused_by == NULL || refused->kinds == NULL ||
        http_header(call->request, "Idempotency-Key") != NULL)
        return false;
    name_kind(call, message->body, name);
    struct refused_kind *kind = find(refused, name);
    if (kind == NULL)
        return false;
    if (kind->asked) {
        TAILQ_INSERT_TAIL(&kind->since, call, waits);
        return true;
    }
    kind->asked = true;
    call->asks_for = kind;
    return false;
}

/* --- What they are told --- */

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

static void remember(struct facade_call *call)
{
    struct refused_alike *refused = call->facade->refused_alike;
    uint8_t name[KIND_SIZE];
    json_t *body = facade_message(call);
    name_kind(call, body, name);
    json_decref(body);
    if (find(refused, name) != NULL || !make_room(refused))
        return;
    struct refused_kind *kind = mem_new(refused, struct refused_kind);
    memcpy(kind->name, name, KIND_SIZE);
    TAILQ_INIT(&kind->before);
    TAILQ_INIT(&kind->since);
    HASH_ADD(hh, refused->kinds, name, KIND_SIZE, kind);
}

static struct facade_call *take_first(struct calls *calls)
{
    struct facade_call *call = TAILQ_FIRST(calls);
    if (call != NULL)
        TAILQ_REMOVE(calls, call, waits);
    return call;
}

/* Each with an instance of its own, and without a key: nothing is kept under any. */
static void refuse_all(struct calls *calls, const struct reply *reply)
{
    struct facade_call *call;
    json_t *problem = json_loadb(reply->body, reply->body_size, 0, NULL);
    enum problem_code code = problem_find(json_string_value(json_object_get(problem, "code")));
    (void)json_object_del(problem, "instance");
    while ((call = take_first(calls)) != NULL) {
        metrics_add(call->facade->with_others, 1);
        facade_refuse_with(call, code, problem);
    }
    json_decref(problem);
}

static void ask_next(struct refused_kind *kind)
{
    struct facade_call *next = take_first(&kind->since);
    TAILQ_CONCAT(&kind->before, &kind->since, waits);
    kind->asked = next != NULL;
    if (next == NULL)
        return;
    next->asks_for = kind;
    facade_send_waiting(next);
}

static void send_all(struct facade_call *asker, struct refused_kind *kind,
                     enum reply_outcome outcome)
{
    struct calls all = TAILQ_HEAD_INITIALIZER(all);
    struct facade_call *call;
    TAILQ_CONCAT(&all, &kind->before, waits);
    TAILQ_CONCAT(&all, &kind->since, waits);
    forget(asker->facade->refused_alike, kind);
    while ((call = take_first(&all)) != NULL)
        if (outcome == REPLY_ANSWERED)
            facade_send_waiting(call);
        else
            facade_refuse_not_done(call);
}

void facade_tell_others(struct facade_call *call, const struct reply *reply)
{
    struct refused_kind *kind = call->asks_for;
    bool refused = reply->outcome == REPLY_ANSWERED && reply->any_buyer;
    call->asks_for = NULL;
    if (kind == NULL && refused)
        remember(call);
    else if (kind != NULL && !refused)
        send_all(call, kind, reply->outcome);
    else if (kind != NULL) {
        refuse_all(&kind->before, reply);
        ask_next(kind);
    }
}
