/* What a MongoDB replica set does, as its manual describes it, and what the store makes of it. Most
 * of it the stand-in never does: a proxy answers in its place, with the codes and labels of
 * MongoDB. The table in docs/reliability.md names these tests. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db-svc/store/store_fixture.h"

#define TRANSIENT "TransientTransactionError"
#define UNKNOWN "UnknownTransactionCommitResult"
#define RETRYABLE "RetryableWriteError"

/* A store behind a proxy, and a batch of one attendee. */
struct given {
    struct store *store, *shaky;
    struct proxy *proxy;
    struct batch batch;
    struct attendee ana;
};

static void open_given(struct given *given)
{
    *given = (struct given){.store = open_empty(), .proxy = proxy_open(database_port())};
    given->shaky = open_through(given->proxy, "");
    given->ana = attendee("attendee_a", "ana@example.org");
    batch_open(&given->batch, "me", raise_fence(given->shaky, "me", 0));
    batch_change(&given->batch, STORE_INSERT, &collection_attendees, &given->ana);
    batch_receipt(&given->batch, 1);
}

static void close_given(struct given *given)
{
    store_close(given->shaky);
    proxy_close(given->proxy);
    close_last(given->store);
}

/* The proxy answers that command with an error, so many times. */
static enum store_outcome commit_answered(struct given *given, const char *command,
                                          bson_t *reply_take, int times)
{
    proxy_answer(given->proxy, command, reply_take, times);
    enum store_outcome outcome = commit(given->shaky, &given->batch);
    proxy_answer(given->proxy, NULL, NULL, 0);
    bson_destroy(reply_take);
    return outcome;
}

/* A write is answered so: a bulkWrite, and that of a server which has none. */
static enum store_outcome write_answered(struct given *given, bson_t *reply_take, int times)
{
    bson_t *again = bson_copy(reply_take);
    enum store_outcome outcome = commit_answered(given, "bulkWrite", reply_take, times);
    given->shaky->writes_in_bulk = false;
    ck_assert_int_eq(commit_answered(given, "insert", again, times), outcome);
    given->shaky->writes_in_bulk = true;
    return outcome;
}

static enum store_outcome settle(struct given *given)
{
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(given->shaky, &given->batch.batch);
    return outcome;
}

/* All of the batch, or nothing. */
static bool is_kept(const struct given *given)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    bool record = load_one(given->store, arena, &collection_attendees, "attendee_a") != NULL;
    bool receipt = load_receipt(given->store, arena, 1) != NULL;
    ck_assert_msg(record == receipt, "record %d, receipt %d", record, receipt);
    return record;
}

static void run_alone(struct store *store, const char *database, bson_t *command_take)
{
    ck_assert_msg(mongo_run_alone(store, database, command_take, NULL), "%s", store_error(store));
    bson_destroy(command_take);
}

/* --- Writing --- */

START_TEST(what_an_open_transaction_has_written_is_a_conflict_until_it_ends)
{
    struct given given;
    open_given(&given);
    struct store *other = open_another();
    leave_open(other, given.batch.fence);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_CONFLICT);
    ck_assert(!is_kept(&given));
    mongo_abort(other);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    ck_assert(is_kept(&given));
    store_close(other);
    close_given(&given);
}
END_TEST

/* 24: a lock was not to be had within maxTransactionLockRequestTimeoutMillis. */
START_TEST(a_lock_that_is_not_to_be_had_is_a_conflict)
{
    struct given given;
    open_given(&given);
    ck_assert_int_eq(write_answered(&given, error_reply(24, TRANSIENT), 1), STORE_CONFLICT);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    close_given(&given);
}
END_TEST

/* 290 and 251: the server has ended what was older than transactionLifetimeLimitSeconds, or was
 * told to by killSessions. */
START_TEST(a_transaction_that_lived_too_long_is_begun_again)
{
    static const int32_t codes[] = {290, 251};
    struct given given;
    open_given(&given);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        ck_assert_int_eq(write_answered(&given, error_reply(codes[i], TRANSIENT), 1),
                         STORE_CONFLICT);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    close_given(&given);
}
END_TEST

/* 11601: by killSessions or killOp, in the middle of a statement. */
START_TEST(a_statement_that_was_interrupted_is_begun_again)
{
    struct given given;
    open_given(&given);
    ck_assert_int_eq(write_answered(&given, error_reply(11601, NULL), 1), STORE_CONFLICT);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    close_given(&given);
}
END_TEST

/* A newer server may have codes that nobody here knows. */
START_TEST(a_transient_label_counts_whatever_the_code)
{
    struct given given;
    open_given(&given);
    ck_assert_int_eq(write_answered(&given, error_reply(31999, TRANSIENT), 1), STORE_CONFLICT);
    ck_assert_int_eq(write_answered(&given, error_reply(31999, NULL), 1), STORE_AWAY);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    close_given(&given);
}
END_TEST

/* 10107, 189, 91, 11602: not the primary, or not for long any more. */
START_TEST(a_primary_that_steps_down_before_the_commit_costs_an_attempt)
{
    static const int32_t codes[] = {10107, 189, 91, 11602};
    struct given given;
    enum store_outcome outcome;
    open_given(&given);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        outcome = commit_answered(&given, "bulkWrite", error_reply(codes[i], TRANSIENT), -1);
        /* A driver that is still looking for the new primary says that there is none. */
        ck_assert_msg(outcome == STORE_CONFLICT || outcome == STORE_AWAY, "code %d: %d",
                      (int)codes[i], (int)outcome);
        outcome = commit_answered(&given, "bulkWrite", error_reply(codes[i], NULL), -1);
        ck_assert_msg(outcome == STORE_AWAY, "code %d: %d", (int)codes[i], (int)outcome);
        ck_assert(!is_kept(&given));
    }
    do
        outcome = commit(given.shaky, &given.batch);
    while (outcome == STORE_AWAY);
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    close_given(&given);
}
END_TEST

/* 59: before MongoDB 8; 13: a user without the action bulkWrite; 115, 263 and 8000: services that
 * speak its protocol. */
START_TEST(a_server_without_bulk_writes_is_written_to_by_other_commands)
{
    static const int32_t codes[] = {59, 13, 115, 263, 8000};
    struct given given;
    open_given(&given);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        given.shaky->writes_in_bulk = true;
        ck_assert_int_eq(commit_answered(&given, "bulkWrite", error_reply(codes[i], NULL), 1),
                         STORE_CONFLICT);
        ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
        ck_assert(is_kept(&given));
        batch_open(&given.batch, "me", given.batch.fence);
        batch_receipt(&given.batch, (uint8_t)(2 + i));
    }
    const uint64_t before = store_commands(given.shaky);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    /* The fence, the receipt, the commit: it is not asked again. */
    ck_assert_uint_eq(store_commands(given.shaky) - before, 3);
    close_given(&given);
}
END_TEST

START_TEST(a_document_of_more_than_16_mib_is_refused_and_the_next_batch_goes_on)
{
    struct given given;
    open_given(&given);
    struct store *patient = open_patient();
    const size_t size = 17 * 1024 * 1024;
    char *name = malloc(size + 1);
    memset(name, 'x', size);
    name[size] = '\0';
    given.ana.name = name;
    ck_assert_int_eq(commit(patient, &given.batch), STORE_REFUSED);
    ck_assert(!is_kept(&given));
    given.ana.name = "Ana";
    ck_assert_int_eq(commit(patient, &given.batch), STORE_COMMITTED);
    free(name);
    store_close(patient);
    close_given(&given);
}
END_TEST

/* --- Committing --- */

/* The reply of a commit of which the server cannot say whether it is done. */
static bson_t *unknown_reply(int32_t code)
{
    return error_reply(code, UNKNOWN);
}

/* 11602 and 189 in mid-commit: the driver asks once more, then does not know. */
START_TEST(a_primary_that_steps_down_in_mid_commit_is_asked_again)
{
    static const int32_t codes[] = {11602, 189, 91};
    struct given given;
    open_given(&given);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        ck_assert_int_eq(
            commit_answered(&given, "commitTransaction", error_reply(codes[i], RETRYABLE), -1),
            STORE_UNKNOWN);
        ck_assert_int_eq(settle(&given), STORE_COMMITTED);
        ck_assert_msg(is_kept(&given), "code %d", (int)codes[i]);
        batch_open(&given.batch, "me", given.batch.fence); /* the next has nothing but the fence */
    }
    close_given(&given);
}
END_TEST

/* 50, 64: it took longer than maxTimeMS, or than the majority. */
START_TEST(a_commit_without_a_known_result_is_repeated)
{
    static const int32_t codes[] = {50, 64};
    struct given given;
    open_given(&given);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        ck_assert_int_eq(commit_answered(&given, "commitTransaction", unknown_reply(codes[i]), -1),
                         STORE_UNKNOWN);
        ck_assert_int_eq(settle(&given), STORE_COMMITTED);
        batch_open(&given.batch, "me", given.batch.fence);
    }
    close_given(&given);
}
END_TEST

/* The primary has it, the majority has not: a reply that is "ok" says so. */
START_TEST(a_commit_that_the_majority_has_not_is_not_taken_for_one)
{
    struct given given;
    open_given(&given);
    bson_t *reply = BCON_NEW("ok", BCON_DOUBLE(1), "writeConcernError", "{", "code", BCON_INT32(64),
                             "errmsg", "waiting for replication timed out", "}");
    ck_assert_int_eq(commit_answered(&given, "commitTransaction", reply, -1), STORE_UNKNOWN);
    ck_assert_int_eq(settle(&given), STORE_COMMITTED);
    ck_assert(is_kept(&given));
    close_given(&given);
}
END_TEST

/* The server ended the transaction before the commit came: the fence tells that it is not done. */
START_TEST(a_commit_of_a_transaction_that_is_gone_is_settled_by_the_fence)
{
    struct given given;
    open_given(&given);
    bson_t *gone = error_reply(251, TRANSIENT);
    proxy_answer(given.proxy, "commitTransaction", gone, -1);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_UNKNOWN);
    ck_assert_int_eq(settle(&given), STORE_CONFLICT);
    proxy_answer(given.proxy, NULL, NULL, 0);
    ck_assert(!is_kept(&given));
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    ck_assert(is_kept(&given));
    bson_destroy(gone);
    close_given(&given);
}
END_TEST

/* 112 of a commit: another's was first. */
START_TEST(a_write_conflict_at_the_commit_is_settled_by_the_fence)
{
    struct given given;
    open_given(&given);
    bson_t *conflict = error_reply(112, TRANSIENT);
    proxy_answer(given.proxy, "commitTransaction", conflict, -1);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_UNKNOWN);
    ck_assert_int_eq(settle(&given), STORE_CONFLICT);
    proxy_answer(given.proxy, NULL, NULL, 0);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    bson_destroy(conflict);
    close_given(&given);
}
END_TEST

/* --- Outside of transactions --- */

/* 189 with the label of a write that a driver may repeat: here nothing repeats it but the caller.
 */
START_TEST(a_raise_that_meets_a_stepdown_fails_and_can_be_repeated)
{
    struct given given;
    const struct fence_known known = {0};
    struct fence fence;
    bool set_back;
    open_given(&given);
    bson_t *stepdown = error_reply(189, RETRYABLE);
    proxy_answer(given.proxy, "update", stepdown, -1);
    ck_assert_int_eq(
        store_fence_raise(given.shaky, CLUSTER, 0, "heir", topics, &known, NOW, &fence, &set_back),
        -EHOSTUNREACH);
    proxy_answer(given.proxy, NULL, NULL, 0);
    int r;
    do
        r = store_fence_raise(given.shaky, CLUSTER, 0, "heir", topics, &known, NOW, &fence,
                              &set_back);
    while (r == -EHOSTUNREACH);
    ck_assert_int_eq(r, 0);
    ck_assert_int_eq(fence.epoch, given.batch.fence.epoch + 1);
    bson_destroy(stepdown);
    close_given(&given);
}
END_TEST

/* 43: the server has forgotten the cursor; 175: its collection was dropped or its index built. */
START_TEST(a_read_that_was_broken_off_is_the_databases_trouble)
{
    static const int32_t codes[] = {43, 175, 189, 11602};
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct given given;
    const char *id = "attendee_a";
    void *record = NULL;
    open_given(&given);
    struct store *once = open_through(given.proxy, "&retryReads=false");
    ck_assert_int_eq(store_ping(once), 0);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        bson_t *reply = error_reply(codes[i], NULL);
        proxy_answer(given.proxy, "find", reply, 1);
        ck_assert_int_eq(store_load(once, arena, &collection_attendees, &id, 1, &record),
                         -EHOSTUNREACH);
        proxy_answer(given.proxy, NULL, NULL, 0);
        bson_destroy(reply);
    }
    while (store_load(once, arena, &collection_attendees, &id, 1, &record) == -EHOSTUNREACH)
        ;
    ck_assert_ptr_null(record);
    store_close(once);
    close_given(&given);
}
END_TEST

/* 276: the build of an index was broken off, as by a stepdown. */
START_TEST(an_index_build_that_was_broken_off_is_begun_again)
{
    struct given given;
    open_given(&given);
    run_alone(given.store, given.store->database,
              BCON_NEW("dropIndexes", "orders", "index", "event_id_status__id"));
    bson_t *aborted = error_reply(276, NULL);
    proxy_answer(given.proxy, "createIndexes", aborted, -1);
    ck_assert_int_eq(store_complete(given.shaky), -EHOSTUNREACH);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED); /* sales go on */
    proxy_answer(given.proxy, NULL, NULL, 0);
    ck_assert_int_eq(store_complete(given.shaky), 0);
    bson_destroy(aborted);
    close_given(&given);
}
END_TEST

/* As the TTL monitor deletes it, once a minute, in no transaction of ours. */
START_TEST(a_receipt_that_the_ttl_pass_removed_leaves_a_command_that_is_new)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct given given;
    open_given(&given);
    const int64_t end = FAR_AWAY + RECEIPT_DAYS * 24 * 60 * 60 * INT64_C(1000);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    for (int64_t at = end; at <= end + 1; at++) {
        run_alone(given.store, given.store->database,
                  BCON_NEW("delete", "receipts", "deletes", "[", "{", "q", "{", "expires", "{",
                           "$lt", BCON_DATE_TIME(at), "}", "}", "limit", BCON_INT32(0), "}", "]"));
        ck_assert_int_eq(load_receipt(given.store, arena, 1) != NULL, at == end);
    }
    batch_open(&given.batch, "me", given.batch.fence);
    batch_receipt(&given.batch, 1);
    ck_assert_int_eq(commit(given.shaky, &given.batch), STORE_COMMITTED);
    ck_assert(is_kept(&given));
    close_given(&given);
}
END_TEST

CHECK_MAIN("store_mongodb", what_an_open_transaction_has_written_is_a_conflict_until_it_ends,
           a_lock_that_is_not_to_be_had_is_a_conflict,
           a_transaction_that_lived_too_long_is_begun_again,
           a_statement_that_was_interrupted_is_begun_again,
           a_transient_label_counts_whatever_the_code,
           a_primary_that_steps_down_before_the_commit_costs_an_attempt,
           a_server_without_bulk_writes_is_written_to_by_other_commands,
           a_document_of_more_than_16_mib_is_refused_and_the_next_batch_goes_on,
           a_primary_that_steps_down_in_mid_commit_is_asked_again,
           a_commit_without_a_known_result_is_repeated,
           a_commit_that_the_majority_has_not_is_not_taken_for_one,
           a_commit_of_a_transaction_that_is_gone_is_settled_by_the_fence,
           a_write_conflict_at_the_commit_is_settled_by_the_fence,
           a_raise_that_meets_a_stepdown_fails_and_can_be_repeated,
           a_read_that_was_broken_off_is_the_databases_trouble,
           an_index_build_that_was_broken_off_is_begun_again,
           a_receipt_that_the_ttl_pass_removed_leaves_a_command_that_is_new)
