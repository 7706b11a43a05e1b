/* What the store makes of faults: replies that are lost, a database that is away, errors it names.
 */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/proxy.h"

START_TEST(a_commit_whose_reply_was_lost_is_settled)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    proxy_fail_at(proxy, PROXY_LOSE_REPLY, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    ck_assert_int_eq(store_settle(shaky, &batch.batch), STORE_AWAY);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_a"));
    batch_open(&batch, "me", batch.fence);
    ck_assert_int_eq(commit(shaky, &batch), STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_commit_that_never_arrived_is_settled_and_repeated)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    /* Either the repeated commit found the transaction still open, or it is gone. */
    if (outcome == STORE_CONFLICT)
        outcome = commit(shaky, &batch);
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_commit_lost_to_an_heir_is_settled_as_fenced)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    (void)raise_fence(store, "heir", 0);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    ck_assert_int_eq(outcome, STORE_FENCED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_batch_cut_off_before_its_commit_is_repeated_at_once)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_receipt(&batch, 1);
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "receipts");
    ck_assert_int_eq(commit(shaky, &batch), STORE_AWAY);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = commit(shaky, &batch);
    /* What the server still holds open of the first attempt is in nobody's way. */
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_database_that_is_away_is_said_to_be)
{
    const struct fence_known known = {0};
    bool set_back;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    store_library_open();
    struct store *store = open_at("mongodb://127.0.0.1:1/?replicaSet=rs0");
    struct fence fence = {0};
    struct batch batch;
    void *record;
    const char *id = "event_1";
    ck_assert_int_eq(store_ping(store), -EHOSTUNREACH);
    ck_assert(store_error(store)[0] != '\0');
    ck_assert_int_eq(store_prepare(store), -EHOSTUNREACH);
    ck_assert_int_eq(store_load(store, arena, &collection_events, &id, 1, &record), -EHOSTUNREACH);
    ck_assert_int_eq(
        store_fence_raise(store, CLUSTER, 0, "me", topics, &known, NOW, &fence, &set_back),
        -EHOSTUNREACH);
    batch_open(&batch, "me", fence);
    ck_assert_int_eq(commit(store, &batch), STORE_AWAY);
    close_last(store);
}
END_TEST

START_TEST(a_wrong_uri_is_refused_without_its_password)
{
    store_library_open();
    struct store *store = NULL;
    char error[STORE_ERROR_SIZE];
    ck_assert_int_eq(store_open("mongodb://u:secret@host:99999999/", "db", error, &store), -EINVAL);
    ck_assert_ptr_null(store);
    ck_assert_ptr_null(strstr(error, "secret"));
    ck_assert_int_eq(store_open("nonsense", "db", error, &store), -EINVAL);
    store_library_close();
}
END_TEST

START_TEST(an_error_of_a_read_says_whose_fault_it_is)
{
    static const struct {
        int32_t code;
        const char *label;
        int r;
    } rows[] = {{13, NULL, -EHOSTUNREACH},    {8000, NULL, -EHOSTUNREACH},
                {14031, NULL, -EHOSTUNREACH}, {27, NULL, -EHOSTUNREACH},
                {24, NULL, -EAGAIN},          {112, "TransientTransactionError", -EAGAIN},
                {239, NULL, -EAGAIN},         {290, NULL, -EAGAIN},
                {246, NULL, -EAGAIN},         {999, "TransientTransactionError", -EAGAIN},
                {22, NULL, -EBADMSG},         {10334, NULL, -EBADMSG}};
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *refused = open_through(proxy, "&retryReads=false");
    const char *id = "attendee_a";
    void *record;
    ck_assert_int_eq(store_ping(refused), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bson_t *reply = error_reply(rows[i].code, rows[i].label);
        proxy_answer(proxy, "find", reply, 1);
        ck_assert_int_eq(store_begin(refused), 0);
        int r = store_load(refused, arena, &collection_attendees, &id, 1, &record);
        ck_assert_msg(r == rows[i].r, "code %d: %d", (int)rows[i].code, r);
        store_abandon(refused);
        proxy_answer(proxy, NULL, NULL, 0);
        bson_destroy(reply);
    }
    store_close(refused);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

/* Then the same is asked by other commands. */
static bool is_of_no_bulk(int32_t code)
{
    return code == 13 || code == 263;
}

START_TEST(an_error_of_a_write_says_whose_fault_it_is)
{
    static const struct row {
        int32_t code;
        const char *label;
        enum store_outcome outcome;
    } rows[] = {
        {13, NULL, STORE_AWAY},      {14031, NULL, STORE_AWAY},   {26, NULL, STORE_AWAY},
        {263, NULL, STORE_AWAY},     {121, NULL, STORE_REFUSED},  {10334, NULL, STORE_REFUSED},
        {112, NULL, STORE_CONFLICT}, {251, NULL, STORE_CONFLICT}, {24, NULL, STORE_CONFLICT}};
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *refused = open_through(proxy, "");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(refused, "me", 0));
    batch_receipt(&batch, 1);
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i / 2];
        const bool bulk = i % 2 == 0 && !is_of_no_bulk(row->code);
        bson_t *reply = error_reply(row->code, row->label);
        refused->writes_in_bulk = bulk;
        proxy_answer(proxy, bulk ? "bulkWrite" : "insert", reply, 1);
        enum store_outcome outcome = commit(refused, &batch);
        ck_assert_msg(outcome == row->outcome, "code %d: %d", (int)row->code, (int)outcome);
        proxy_answer(proxy, NULL, NULL, 0);
        bson_destroy(reply);
    }
    ck_assert_int_eq(commit(refused, &batch), STORE_COMMITTED);
    store_close(refused);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_faults", an_error_of_a_read_says_whose_fault_it_is,
           an_error_of_a_write_says_whose_fault_it_is, a_commit_whose_reply_was_lost_is_settled,
           a_commit_that_never_arrived_is_settled_and_repeated,
           a_commit_lost_to_an_heir_is_settled_as_fenced,
           a_batch_cut_off_before_its_commit_is_repeated_at_once,
           a_database_that_is_away_is_said_to_be, a_wrong_uri_is_refused_without_its_password)
