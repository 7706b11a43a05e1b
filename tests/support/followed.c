#include "tests/support/followed.h"

#include <check.h>
#include <string.h>

#include "libshared/base/mem.h"

static void changed(void *context, const char *event_id)
{
    struct followed *followed = context;
    ck_assert_int_eq(strncmp(event_id, "event_", 6), 0);
    followed->changes++;
}

void followed_open(struct followed *followed)
{
    memset(followed, 0, sizeof *followed);
    followed->arena = mem_arena(NULL, 0);
    followed->table = availability_new(followed->arena, changed, followed);
    followed->now_ms = 1000000;
}

void followed_close(struct followed *followed)
{
    mem_free(followed->arena);
}

json_t *followed_json(const struct followed *followed, const char *text)
{
    char *copy = mem_strdup(followed->arena, text);
    for (char *at = copy; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    json_error_t error;
    json_t *json = json_loads(copy, 0, &error);
    ck_assert_msg(json != NULL, "%s: %s", error.text, copy);
    return json;
}

void followed_ask(struct followed *followed)
{
    availability_ask(followed->table, EVENT_ID, followed->now_ms);
}

int followed_answer(struct followed *followed, const char *text)
{
    json_t *json = text != NULL ? followed_json(followed, text) : NULL;
    int r = availability_answer(followed->table, EVENT_ID, json);
    json_decref(json);
    return r;
}

int followed_fact(struct followed *followed, const char *type, const char *body)
{
    json_t *json = followed_json(followed, body);
    int r = availability_fact(followed->table, type, EVENT_ID, json);
    json_decref(json);
    return r;
}

void followed_reply(struct followed *followed, const char *levels)
{
    json_t *json = followed_json(followed, levels);
    availability_stock(followed->table, json);
    json_decref(json);
}

json_t *followed_shown(struct followed *followed, const char *ticket_type_id, int64_t now)
{
    const char *text = availability_text(followed->table, followed->arena, EVENT_ID, ticket_type_id,
                                         now, now - 1000, followed->tag);
    ck_assert_ptr_nonnull(text);
    return json_loads(text, 0, NULL);
}
