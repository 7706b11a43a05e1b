/* What a start makes of the database that it finds: its release, its collections and indexes. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/proxy.h"

START_TEST(preparing_again_is_harmless)
{
    struct store *store = open_empty();
    ck_assert_int_eq(store_prepare(store), 0);
    ck_assert_int_eq(store_ping(store), 0);
    close_last(store);
}
END_TEST

struct count {
    size_t n;
};

static void count(void *context, void *record)
{
    struct count *seen = context;
    (void)record;
    seen->n++;
}

static void ck_server(struct store *store, struct proxy *proxy, const char *command,
                      const bson_t *reply, bool any_release, const char *says)
{
    char reason[STORE_REASON_SIZE] = "";
    proxy_answer(proxy, command, reply, -1);
    int r = store_check_server(store, any_release, reason);
    proxy_answer(proxy, NULL, NULL, 0);
    ck_assert_int_eq(r, says != NULL ? -ENOTSUP : 0);
    ck_assert_msg(strstr(reason, says != NULL ? says : "") != NULL, "%s", reason);
}

START_TEST(a_server_that_is_not_supported_is_named)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *other = open_through(proxy, "");
    bson_t *old = BCON_NEW("ok", BCON_DOUBLE(1), "version", BCON_UTF8("4.2.24"));
    bson_t *alone = BCON_NEW("ok", BCON_DOUBLE(1), "isWritablePrimary", BCON_BOOL(true),
                             "maxWireVersion", BCON_INT32(21), "minWireVersion", BCON_INT32(0));
    ck_assert_int_eq(store_ping(other), 0);
    ck_server(other, proxy, "ping", NULL, false, NULL);
    ck_server(other, proxy, "buildInfo", old, false, "4.2.24");
    ck_server(other, proxy, "buildInfo", old, true, NULL);
    ck_server(other, proxy, "hello", alone, true, "replica set");
    bson_destroy(old);
    bson_destroy(alone);
    store_close(other);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

static void drop_index(struct store *store, const char *collection, const char *name)
{
    bson_t *drop = BCON_NEW("dropIndexes", BCON_UTF8(collection), "index", BCON_UTF8(name));
    ck_assert_msg(mongo_run_alone(store, store->database, drop, NULL), "%s", store_error(store));
    bson_destroy(drop);
}

static void run(struct store *store, bson_t *command_take)
{
    ck_assert_msg(mongo_run_alone(store, store->database, command_take, NULL), "%s",
                  store_error(store));
    bson_destroy(command_take);
}

/* What a writer does before it has killed its dead predecessor must wait for nobody's locks. */
START_TEST(a_start_creates_nothing_in_a_database_that_is_there)
{
    static const char *const waiting[] = {"create", "createIndexes", "dropIndexes"};
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *other = open_through(proxy, "");
    bson_t *refusal = error_reply(13, NULL);
    ck_assert_int_eq(store_ping(other), 0);
    drop_index(store, "orders", "event_id_status__id"); /* not even what is missing */
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
        proxy_answer(proxy, waiting[i], refusal, -1);
        ck_assert_msg(store_prepare(other) == 0, "%s", waiting[i]);
        proxy_answer(proxy, NULL, NULL, 0);
    }
    bson_destroy(refusal);
    store_close(other);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(what_a_database_lacks_is_added_behind_the_writer)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct seen due = {0};
    char error[STORE_ERROR_SIZE];
    struct store *patient;
    /* As an earlier release leaves it: another index of what is due, and records without a
     * partition of it. */
    drop_index(store, "orders", "due_in_due_at");
    run(store, BCON_NEW("createIndexes", "orders", "indexes", "[", "{", "key", "{", "due_at",
                        BCON_INT32(1), "}", "name", "due_at", "sparse", BCON_BOOL(true), "}", "]"));
    for (int i = 0; i < 1200; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "order_%04d", i);
        run(store,
            BCON_NEW("insert", "orders", "documents", "[", "{", "_id", BCON_UTF8(id), "partition",
                     BCON_INT64(i % 2), "due_at", BCON_DATE_TIME(NOW - i % 3), "}", "]"));
    }
    ck_assert_int_eq(store_prepare(store), 0); /* waits for nothing, and adds nothing */
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 5, see, &due), 0);
    ck_assert_str_eq(due.ids, "");
    ck_assert_int_eq(store_open_patient(setting("MONGO_URI"), setting("MONGO_DB"), error, &patient),
                     0);
    ck_assert_int_eq(store_complete(patient), 0);
    ck_assert_int_eq(store_complete(patient), 0);
    struct count n = {0};
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 1000, count, &n), 0);
    ck_assert_uint_eq(n.n, 600);
    store_close(patient);
    close_last(store);
}
END_TEST

static bool has_index(struct store *store, const char *of, const char *name)
{
    mongoc_collection_t *collection =
        mongoc_client_get_collection(store->client, store->database, of);
    mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(collection, NULL);
    const bson_t *index;
    bson_iter_t at;
    bool has = false;
    while (mongoc_cursor_next(cursor, &index))
        has = has || (bson_iter_init_find(&at, index, "name") &&
                      strcmp(bson_iter_utf8(&at, NULL), name) == 0);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    return has;
}

/* Else each sale looks through all events. */
START_TEST(what_stays_in_memory_is_written_by_an_index_of_its_id_and_rev)
{
    struct store *store = open_empty();
    size_t kept = 0;
    for (size_t i = 0; collections[i] != NULL; i++)
        if (collections[i]->kept) {
            ck_assert_msg(has_index(store, collections[i]->name, "_id_rev"), "%s",
                          collections[i]->name);
            kept++;
        }
    ck_assert_uint_gt(kept, 0);
    close_last(store);
}
END_TEST

START_TEST(the_first_secret_of_a_name_is_everybodys)
{
    struct store *store = open_empty(), *other = open_another();
    uint8_t one[STORE_SECRET], two[STORE_SECRET], got[STORE_SECRET];
    memset(one, 1, sizeof one);
    memset(two, 2, sizeof two);
    ck_assert_int_eq(store_secret(store, "tickets", one, got), 0);
    ck_assert_mem_eq(got, one, sizeof one);
    ck_assert_int_eq(store_secret(other, "tickets", two, got), 0);
    ck_assert_mem_eq(got, one, sizeof one);
    ck_assert_int_eq(store_secret(other, "others", two, got), 0);
    ck_assert_mem_eq(got, two, sizeof two);
    store_close(other);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_schema", a_server_that_is_not_supported_is_named,
           a_start_creates_nothing_in_a_database_that_is_there,
           what_a_database_lacks_is_added_behind_the_writer, preparing_again_is_harmless,
           what_stays_in_memory_is_written_by_an_index_of_its_id_and_rev,
           the_first_secret_of_a_name_is_everybodys)
