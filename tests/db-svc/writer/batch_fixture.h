/* batch_fixture: two writers on the real database, each with a fence of the only partition, and an
 * event to sell. Needs MONGO_URI. */
#pragma once

#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/contract/topic.h"
#include "db-svc/writer/batch.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

#define MOST 128

/* One writer: a connection and its fence of the only partition. */
struct writer_rig {
    struct store *store;
    struct batch_config config;
    struct fence fence;
};

static struct {
    void *arena;
    struct writer_rig one, two;
    struct input inputs[MOST];
    size_t n;
    int64_t offset;
    struct workset *workset;
    struct batch_commit commit;
    const char *event_id, *type_id;
} t;

static inline void open_rig(struct writer_rig *rig, const char *owner)
{
    static const char *cluster;
    static const struct signing_key signing_key;
    char error[STORE_ERROR_SIZE];
    const char *uri = getenv("MONGO_URI"), *database = getenv("MONGO_DB");
    ck_assert_msg(uri != NULL, "MONGO_URI is not set: make check-real sets it");
    if (cluster == NULL)
        cluster = strdup(mem_printf(t.arena, "check-%lld", (long long)clock_wall_ms()));
    ck_assert_int_eq(store_open(uri, database != NULL ? database : "check", error, &rig->store), 0);
    ck_assert_int_eq(store_prepare(rig->store), 0);
    rig->config = (struct batch_config){.cluster = cluster,
                                        .owner = owner,
                                        .partitions = 1,
                                        .max_hold_seconds = 3600,
                                        .signing_key = &signing_key};
}

static inline void raise_fence(struct writer_rig *rig)
{
    const struct fence_known known = {.batch = rig->fence.batch};
    bool set_back;
    ck_assert_int_eq(store_fence_raise(rig->store, rig->config.cluster, 0, rig->config.owner,
                                       topics_commands, &known, clock_wall_ms(), &rig->fence,
                                       &set_back),
                     0);
    ck_assert(!set_back);
}

static inline void clear_inputs(void)
{
    for (size_t i = 0; i < t.n; i++)
        input_free(&t.inputs[i]);
    t.n = 0;
}

static inline void when(const char *type, const char *id, const char *timeout, const char *body)
{
    struct bus_header headers[5] = {{"ce_specversion", "1.0", 3},
                                    {"ce_type", type, strlen(type)},
                                    {"ce_id", id, strlen(id)},
                                    {"ce_source", "/check", 6}};
    size_t n = 4;
    if (timeout != NULL)
        headers[n++] = (struct bus_header){"timeout_ms", timeout, strlen(timeout)};
    const struct command *command = command_find(type);
    struct bus_message message = {.topic = command_topic(command),
                                  .offset = t.offset++,
                                  .timestamp_ms = 1000000,
                                  .value = body,
                                  .value_size = strlen(body),
                                  .headers = mem_dup(t.arena, headers, sizeof headers),
                                  .n_headers = n};
    input_read(t.arena, &message, 1, &t.inputs[t.n++]);
}

/* `now` is the wall clock; the monotonic one stands at 0. */
static inline void decide(struct writer_rig *rig, int64_t now)
{
    const struct clock_time time = {.wall_ms = now};
    store_abandon(rig->store); /* an earlier try, if that was not committed */
    ck_assert_int_eq(store_begin(rig->store), 0);
    ck_assert_int_eq(batch_decide(t.arena, rig->store, &rig->config, &rig->fence, &time, t.inputs,
                                  t.n, &t.workset),
                     0);
    batch_form(t.arena, &rig->config, t.workset, &rig->fence, t.inputs, t.n, &t.commit);
}

static inline enum store_outcome commit(struct writer_rig *rig)
{
    int32_t fenced = -1;
    enum store_outcome outcome = store_commit(rig->store, &t.commit.batch, &fenced);
    batch_ended(&rig->config, t.workset, &t.commit, outcome);
    if (outcome == STORE_COMMITTED)
        rig->fence = t.commit.fences[0];
    return outcome;
}

static inline void run(struct writer_rig *rig)
{
    decide(rig, clock_wall_ms());
    ck_assert_int_eq(commit(rig), STORE_COMMITTED);
}

static inline const char *member(const struct input *input, const char *name)
{
    json_t *body = json_loads(input->receipt->body, 0, NULL);
    const char *text = mem_strdup(t.arena, json_string_value(json_object_get(body, name)));
    json_decref(body);
    return text;
}

static inline struct stock *stock(void)
{
    void *record = NULL;
    ck_assert_int_eq(store_load(t.one.store, t.arena, &collection_stock, &t.type_id, 1, &record),
                     0);
    ck_assert_ptr_nonnull(record);
    return record;
}

static inline const char *order_body(int64_t quantity)
{
    return mem_printf(
        t.arena,
        "{\"event_id\":\"%s\",\"items\":[{\"ticket_type_id\":\"%s\",\"quantity\":%lld}],"
        "\"buyer\":{\"name\":\"A\",\"email\":\"a@b.org\"}}",
        t.event_id, t.type_id, (long long)quantity);
}

/* A published event with a type of 50. */
static inline void begin(void)
{
    t.arena = mem_arena(NULL, 0);
    store_library_open();
    open_rig(&t.one, "one");
    open_rig(&t.two, "two");
    raise_fence(&t.one);
    when("event.create", mem_printf(t.arena, "e/%lld", (long long)clock_wall_ms()), NULL,
         "{\"name\":\"n\",\"starts_at\":\"2030-01-01T00:00:00Z\",\"time_zone\":\"UTC\","
         "\"location\":\"l\","
         "\"category\":\"c\",\"currency\":\"EUR\",\"status\":\"published\"}");
    run(&t.one);
    t.event_id = member(&t.inputs[0], "id");
    clear_inputs();
    when("ticket_type.create", mem_printf(t.arena, "t/%s", t.event_id), NULL,
         mem_printf(t.arena,
                    "{\"event_id\":\"%s\",\"type\":\"general\",\"name\":\"n\",\"capacity\":50,"
                    "\"price\":{\"amount\":1,\"currency\":\"EUR\"}}",
                    t.event_id));
    run(&t.one);
    t.type_id = member(&t.inputs[0], "id");
    clear_inputs();
}

static inline void end(void)
{
    clear_inputs();
    store_close(t.one.store);
    store_close(t.two.store);
    store_library_close();
    mem_free(t.arena);
}
