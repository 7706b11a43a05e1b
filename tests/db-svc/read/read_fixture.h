/* read_fixture: records in a real database, and queries that are answered from them. */
#pragma once

#include "tests/support/check_main.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/read/read.h"
#include "db-svc/store/mongo.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

#define NOW INT64_C(1767225600000)
#define ID(prefix, n) prefix "_01jz3w4v9he8qb2m5x7k6d0c0" #n
#define E ID("event", 1)

static const char *const topics[FENCE_TOPICS] = {"e", "t", "a", "n", "p"};

/* What each test begins with. */
struct world {
    void *arena;
    struct store *store;
    struct fence fence;
    struct settings settings;
};

static inline struct world world_open(void)
{
    struct world world = {.arena = mem_arena(NULL, 0), .settings.kafka_partitions = 1};
    char error[STORE_ERROR_SIZE];
    const char *uri = getenv("MONGO_URI"), *database = getenv("MONGO_DB");
    ck_assert_msg(uri != NULL && database != NULL, "MONGO_URI or MONGO_DB is not set");
    store_library_open();
    ck_assert_int_eq(store_open(uri, database, error, &world.store), 0);
    bson_t *drop = BCON_NEW("dropDatabase", BCON_INT32(1));
    ck_assert(mongo_run_alone(world.store, database, drop, NULL));
    bson_destroy(drop);
    ck_assert_int_eq(store_prepare(world.store), 0);
    bool set_back;
    const struct fence_known nothing = {0};
    ck_assert_int_eq(
        store_fence_raise(world.store, "c", 0, "me", topics, &nothing, 0, &world.fence, &set_back),
        0);
    return world;
}

static inline struct read_source source_of(const struct world *world)
{
    return (struct read_source){world->store, &world->settings, "c"};
}

static inline void world_close(struct world *world)
{
    store_close(world->store);
    store_library_close();
    mem_free(world->arena);
}

static inline void keep(struct world *world, const struct collection *collection,
                        const void *record)
{
    const struct store_change change = {STORE_INSERT, collection,
                                        ((const struct common *)record)->id, record};
    int32_t fenced;
    world->fence.batch++;
    const struct store_batch batch = {.cluster = "c",
                                      .owner = "me",
                                      .topics = topics,
                                      .fences = &world->fence,
                                      .n_fences = 1,
                                      .changes = &change,
                                      .n_changes = 1};
    ck_assert_msg(store_commit(world->store, &batch, &fenced) == STORE_COMMITTED, "%s",
                  store_error(world->store));
}

/* The answer, which must be of that status; the caller's. */
static inline json_t *ask(struct world *world, int status, const char *type, const char *body,
                          const char **ret_etag)
{
    json_error_t error;
    json_t *json = json_loads(body, 0, &error), *hold;
    ck_assert_msg(json != NULL, "%s: %s", body, error.text);
    struct violations violations = {.arena = world->arena};
    struct decoder decoder = {.arena = world->arena, .violations = &violations};
    struct command_body decoded;
    struct read_answer answer;
    const struct command *command = command_find(type);
    ck_assert_ptr_nonnull(command);
    ck_assert(command_decode(&decoder, command, json, &decoded, &hold));
    const struct read_source source = source_of(world);
    ck_assert_msg(read_answer_query(&source, world->arena, &decoded, NOW, &answer) == 0, "%s",
                  store_error(world->store));
    ck_assert_msg(answer.status == status, "%s %s: %d %s", type, body, answer.status, answer.body);
    json_decref(hold);
    json_decref(json);
    if (ret_etag != NULL)
        *ret_etag = answer.etag;
    json_t *said = json_loads(answer.body, 0, &error);
    ck_assert_ptr_nonnull(said);
    return said;
}

static inline const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value == NULL ? "" : value;
}

/* The ids of a page, and its `next`. */
static inline const char *page_of(struct world *world, const char *type, const char *body,
                                  const char **ret_next)
{
    json_t *said = ask(world, 200, type, body, NULL), *item;
    const char *ids = "";
    size_t i;
    json_array_foreach (json_object_get(said, "items"), i, item) {
        const char *id = text(item, "id");
        ids = mem_printf(world->arena, "%s %s", ids, id + strlen(id) - 1);
    }
    ck_assert(json_object_get(said, "next") != NULL);
    if (ret_next != NULL)
        *ret_next = json_is_null(json_object_get(said, "next"))
                        ? NULL
                        : mem_strdup(world->arena, text(said, "next"));
    json_decref(said);
    return ids;
}
#define CK_PAGE(type, body, ids) ck_assert_str_eq(page_of(&world, (type), (body), NULL), (ids))

static const struct event event = {.id = E,
                                   .version = 4,
                                   .rev = 9,
                                   .created_at = NOW,
                                   .updated_at = NOW,
                                   .name = "Concert",
                                   .time_zone = "Europe/Madrid",
                                   .location = "Hall",
                                   .category = "concert",
                                   .currency = "EUR",
                                   .starts_at = NOW,
                                   .status = EVENT_PUBLISHED};

static inline void keep_event(struct world *world, const char *id, enum event_status status,
                              const char *category)
{
    struct event other = event;
    other.id = id;
    other.status = status;
    other.category = category;
    keep(world, &collection_events, &other);
}
