/* A batch on the real database, with a crash between any two of its steps: nothing is lost, nothing
 * happens twice, and who lost a partition writes nothing. Needs MONGO_URI. */
#include "tests/support/check_main.h"

#include "tests/db-svc/writer/batch_fixture.h"

/* However many sales a batch has, each type's stock is written once, and so is its ledger. */
START_TEST(sales_of_a_batch_are_one_page_of_the_ledger)
{
    begin();
    for (int i = 0; i < 40; i++)
        when("order.place", mem_printf(t.arena, "l/%s/%d", t.event_id, i), NULL, order_body(1));
    decide(&t.one, clock_wall_ms());
    size_t pages = 0;
    const struct ledger_page *page = NULL;
    for (size_t i = 0; i < t.commit.batch.n_changes; i++) {
        const struct store_change *change = &t.commit.batch.changes[i];
        if (change->collection != &collection_ledger)
            continue;
        page = change->record;
        pages++;
    }
    ck_assert_uint_eq(pages, 1);
    ck_assert_uint_eq(page->rows.n, 40);
    for (size_t i = 0; i < page->rows.n; i++)
        ck_assert_int_eq(page->rows.at[i].rev, (int64_t)i + 2);
    ck_assert_int_eq(commit(&t.one), STORE_COMMITTED);
    void *kept = NULL;
    ck_assert_int_eq(store_load(t.one.store, t.arena, &collection_ledger, &page->id, 1, &kept), 0);
    ck_assert_ptr_nonnull(kept);
    ck_assert_uint_eq(((struct ledger_page *)kept)->rows.n, 40);
    end();
}
END_TEST

START_TEST(a_crash_before_the_commit_leaves_nothing)
{
    begin();
    when("order.place", t.event_id, NULL, order_body(2));
    decide(&t.one, clock_wall_ms());
    ck_assert_int_eq(t.inputs[0].receipt->status, 201);
    store_abandon(t.one.store);
    ck_assert_int_eq(stock()->sold, 0);
    raise_fence(&t.two); /* the next one begins where nothing happened */
    run(&t.two);
    ck_assert(t.inputs[0].fresh);
    ck_assert_int_eq(stock()->sold, 2);
    end();
}
END_TEST

static const char *payment_body(const char *payment_id, const char *order_id)
{
    return mem_printf(t.arena,
                      "{\"order_id\":\"%s\",\"payment_id\":\"%s\","
                      "\"amount\":{\"amount\":2,\"currency\":\"EUR\"}}",
                      order_id, payment_id);
}

START_TEST(a_payment_finds_the_event_of_its_order)
{
    begin();
    when("order.place", t.event_id, NULL,
         mem_printf(t.arena, "{\"hold_seconds\":60,%s", order_body(2) + 1));
    run(&t.one);
    const char *order_id = member(&t.inputs[0], "id");
    clear_inputs();
    when("payment.succeeded", "p", NULL, payment_body(t.event_id, order_id));
    decide(&t.one, clock_wall_ms()); /* a try whose arena goes */
    run(&t.one);
    ck_assert_str_eq(member(&t.inputs[0], "status"), "paid");
    ck_assert_ptr_null(t.inputs[0].dead);
    ck_assert_int_eq(stock()->sold, 2);
    clear_inputs();
    when("payment.succeeded", "p again", NULL, payment_body(t.event_id, order_id));
    run(&t.one);
    ck_assert_int_eq(t.inputs[0].receipt->status, 200);
    ck_assert_uint_eq(t.inputs[0].receipt->n_outgoing, 0);
    clear_inputs();
    when("payment.succeeded", "p of nothing", NULL,
         payment_body("other", "order_01jz3w4v9he8qb2m5x7k6d0c1n"));
    run(&t.one);
    ck_assert_int_eq(t.inputs[0].receipt->status, 404);
    ck_assert_msg(t.inputs[0].dead != NULL, "money for nothing goes unseen");
    end();
}
END_TEST

START_TEST(a_crash_after_the_commit_repeats_answer_and_facts)
{
    begin();
    when("order.place", t.event_id, NULL, order_body(2));
    run(&t.one);
    const struct receipt *first = t.inputs[0].receipt;
    raise_fence(&t.two);
    decide(&t.two, clock_wall_ms() + 5000);
    const struct receipt *again = t.inputs[0].receipt;
    ck_assert(!t.inputs[0].fresh);
    ck_assert_str_eq(again->body, first->body);
    ck_assert_str_eq(again->location, first->location);
    ck_assert_str_eq(again->stock, first->stock);
    ck_assert_uint_eq(again->n_outgoing, first->n_outgoing);
    ck_assert_str_eq(again->outgoing[0].id, first->outgoing[0].id);
    ck_assert_str_eq(again->outgoing[0].body, first->outgoing[0].body);
    ck_assert_int_eq(again->outgoing[0].sequence, first->outgoing[0].sequence);
    ck_assert_uint_eq(t.commit.batch.n_changes, 0);
    ck_assert_int_eq(stock()->sold, 2);
    end();
}
END_TEST

START_TEST(who_lost_the_partition_writes_nothing)
{
    begin();
    when("order.place", t.event_id, NULL, order_body(2));
    decide(&t.one, clock_wall_ms());
    raise_fence(&t.two);
    ck_assert_int_eq(commit(&t.one), STORE_FENCED);
    ck_assert_int_eq(stock()->sold, 0);
    end();
}
END_TEST

START_TEST(a_batch_never_sells_more_than_there_is_and_moves_the_stock_once)
{
    int64_t sold = 0, refused = 0, sequence = 0;
    begin();
    int64_t rev = stock()->rev;
    for (int i = 0; i < 80; i++)
        when("order.place", mem_printf(t.arena, "%s/%d", t.event_id, i), NULL, order_body(1));
    run(&t.one);
    for (size_t i = 0; i < t.n; i++) {
        const struct receipt *receipt = t.inputs[i].receipt;
        sold += receipt->status == 201;
        refused += receipt->status == 409;
        for (size_t k = 0; k < receipt->n_outgoing; k++) {
            ck_assert_int_gt(receipt->outgoing[k].sequence, sequence);
            sequence = receipt->outgoing[k].sequence;
        }
    }
    ck_assert_int_eq(sold, 50);
    ck_assert_int_eq(refused, 30);
    ck_assert_int_eq(stock()->sold, 50);
    ck_assert_int_eq(stock()->rev, rev + 50);
    ck_assert_uint_eq(t.commit.batch.n_changes, 52); /* the orders and one stock */
    end();
}
END_TEST

START_TEST(the_same_id_twice_in_a_batch_is_one_order)
{
    begin();
    when("order.place", t.event_id, NULL, order_body(1));
    when("order.place", t.event_id, NULL, order_body(1));
    when("order.place", t.event_id, NULL, order_body(2));
    run(&t.one);
    ck_assert_str_eq(t.inputs[0].receipt->body, t.inputs[1].receipt->body);
    ck_assert_int_eq(t.inputs[2].receipt->status, 422);
    ck_assert_str_eq(member(&t.inputs[2], "code"), "idempotency_key_reused");
    ck_assert_int_eq(stock()->sold, 1);
    end();
}
END_TEST

START_TEST(what_was_refused_stays_refused)
{
    begin();
    when("order.place", t.event_id, NULL, order_body(51));
    run(&t.one);
    const char *first = t.inputs[0].receipt->body;
    ck_assert_int_eq(t.inputs[0].receipt->status, 409);
    decide(&t.one, clock_wall_ms());
    ck_assert(!t.inputs[0].fresh);
    ck_assert_str_eq(t.inputs[0].receipt->body, first);
    end();
}
END_TEST

/* Once told, it is never done, though it is read again by one to whom it seems fresh. */
START_TEST(a_command_past_its_deadline_is_not_done_and_stays_so)
{
    begin();
    when("order.place", t.event_id, "5000", order_body(1));
    t.inputs[0].written_at = -5001;
    run(&t.one);
    const char *told = t.inputs[0].receipt->body;
    ck_assert_int_eq(t.inputs[0].receipt->status, 504);
    ck_assert_int_eq(stock()->sold, 0);
    t.inputs[0].written_at = 0;
    run(&t.one);
    ck_assert_int_eq(t.inputs[0].receipt->status, 504);
    ck_assert_str_eq(t.inputs[0].receipt->body, told);
    ck_assert(!t.inputs[0].fresh);
    ck_assert_int_eq(stock()->sold, 0);
    end();
}
END_TEST

START_TEST(a_command_in_time_or_of_an_unknown_age_is_done)
{
    begin();
    when("order.place", "in-time", "5000", order_body(1));
    when("order.place", "unknown", "5000", order_body(1));
    t.inputs[0].written_at = -5000;
    ck_assert_int_eq(t.inputs[1].written_at, INT64_MAX);
    run(&t.one);
    ck_assert_int_eq(t.inputs[0].receipt->status, 201);
    ck_assert_int_eq(t.inputs[1].receipt->status, 201);
    end();
}
END_TEST

CHECK_MAIN("batch", sales_of_a_batch_are_one_page_of_the_ledger,
           a_crash_before_the_commit_leaves_nothing,
           a_crash_after_the_commit_repeats_answer_and_facts,
           a_payment_finds_the_event_of_its_order, who_lost_the_partition_writes_nothing,
           a_batch_never_sells_more_than_there_is_and_moves_the_stock_once,
           the_same_id_twice_in_a_batch_is_one_order, what_was_refused_stays_refused,
           a_command_past_its_deadline_is_not_done_and_stays_so,
           a_command_in_time_or_of_an_unknown_age_is_done)
