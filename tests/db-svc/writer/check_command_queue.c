/* Which commands go into a batch together: those that nobody waits for give way. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/writer/command_queue.h"
#include "libshared/base/mem.h"

#define MOST 500

static struct {
    void *arena;
    struct command_queue *queue;
    struct bus_message batch[MOST];
    size_t n;
    int64_t now_us;
} t;

static void begin(void)
{
    t.now_us = 1000000000;
    t.arena = mem_arena(NULL, 0);
    t.queue = command_queue_new(t.arena);
}

static void end(void)
{
    command_queue_clear(t.queue);
    mem_free(t.arena);
}

static void put_sized(const char *topic, const char *type, int64_t offset, size_t size)
{
    struct bus_header *header = mem_new(t.arena, struct bus_header);
    *header = (struct bus_header){.name = "ce_type", .value = type, .size = strlen(type)};
    struct bus_message message = {
        .topic = topic, .offset = offset, .value_size = size, .headers = header, .n_headers = 1};
    command_queue_put(t.queue, &message);
}

static void put(const char *topic, const char *type, int first, int n)
{
    for (int i = first; i < first + n; i++)
        put_sized(topic, type, i, 100);
}

static void put_sales(int first, int n)
{
    put("tickets.commands", "order.place", first, n);
}

static void put_reports(int first, int n)
{
    put("notifications.commands", "delivery.record", first, n);
}

/* A batch, the one before having taken so long. */
static void take_after(int64_t us)
{
    t.now_us += us;
    t.n = command_queue_take(t.queue, t.now_us, t.batch, MOST);
}

#define BATCH_US 5000

static void take(void)
{
    take_after(BATCH_US);
}

/* How many of the batch are of the topic; they must be in order. */
static size_t count(const char *topic)
{
    size_t n = 0;
    int64_t last = -1;
    for (size_t i = 0; i < t.n; i++)
        if (strcmp(t.batch[i].topic, topic) == 0) {
            ck_assert_int_gt(t.batch[i].offset, last);
            last = t.batch[i].offset;
            n++;
        }
    return n;
}

START_TEST(a_sale_does_not_wait_for_the_reports_that_came_before_it)
{
    begin();
    put_reports(0, 400);
    put_sales(0, 3);
    take();
    ck_assert_uint_eq(count("tickets.commands"), 3);
    ck_assert_uint_ge(count("notifications.commands"), 1);
    ck_assert_uint_le(count("notifications.commands"), 32);
    end();
}
END_TEST

START_TEST(reports_are_not_kept_waiting_for_ever_by_sales)
{
    size_t taken = 0;
    begin();
    put_reports(0, 100);
    for (int i = 0; i < 40; i++) {
        put_sales(i * 10, 10);
        take();
        ck_assert_uint_eq(count("tickets.commands"), 10);
        taken += count("notifications.commands");
    }
    ck_assert_uint_eq(taken, 100);
    ck_assert(command_queue_empty(t.queue));
    end();
}
END_TEST

START_TEST(while_sales_come_reports_have_a_third_of_the_time)
{
    int with_reports = 0;
    begin();
    put_reports(0, 1000);
    for (int i = 0; i < 400; i++) {
        put_sales(i, 1);
        take();
        with_reports += count("notifications.commands") > 0;
    }
    ck_assert_int_ge(with_reports, 20);
    put_reports(1000, 1000);
    with_reports = 0;
    for (int i = 0; i < 100; i++) {
        put_sales(400 + i, 1);
        take();
        with_reports += count("notifications.commands") > 0;
    }
    ck_assert_int_ge(with_reports, 28);
    ck_assert_int_le(with_reports, 35);
    end();
}
END_TEST

START_TEST(reports_alone_are_taken_by_little_batches_in_their_order)
{
    begin();
    put_reports(0, 600);
    take();
    ck_assert_uint_ge(t.n, 32);
    ck_assert_uint_le(t.n, 300);
    ck_assert_int_eq(t.batch[0].offset, 0);
    ck_assert_uint_eq(count("notifications.commands"), t.n);
    end();
}
END_TEST

/* Who has been answered may come again: a large batch just then would keep all waiting. */
START_TEST(soon_after_sales_reports_are_taken_as_if_beside_them)
{
    begin();
    put_sales(0, 1);
    put_reports(0, 1000);
    take();
    ck_assert_uint_eq(t.n, 1 + 32);
    take();
    ck_assert_uint_eq(t.n, 0);
    ck_assert_int_eq(command_queue_wait_us(t.queue, t.now_us), 2 * BATCH_US);
    take_after(2 * BATCH_US);
    ck_assert_uint_eq(t.n, 32);
    take_after(100000);
    ck_assert_uint_gt(t.n, 32);
    end();
}
END_TEST

START_TEST(it_is_known_how_long_there_is_nothing_to_take)
{
    begin();
    ck_assert_int_eq(command_queue_wait_us(t.queue, t.now_us), INT64_MAX);
    put_reports(0, 1);
    ck_assert_int_eq(command_queue_wait_us(t.queue, t.now_us), 0);
    put_sales(0, 1);
    take();
    put_reports(1, 1);
    put_sales(1, 1);
    ck_assert_int_eq(command_queue_wait_us(t.queue, t.now_us), 0);
    take_after(40000);
    ck_assert_int_eq(count("notifications.commands"), 0);
    ck_assert_int_eq(command_queue_wait_us(t.queue, t.now_us), 50000);
    end();
}
END_TEST

START_TEST(a_page_of_an_audience_counts_as_what_it_writes)
{
    begin();
    put("notifications.commands", "notification.expand", 0, 3);
    for (int i = 0; i < 3; i++) {
        take();
        ck_assert_uint_eq(count("notifications.commands"), 1);
    }
    ck_assert(command_queue_empty(t.queue));
    end();
}
END_TEST

START_TEST(what_writes_much_is_split_over_batches)
{
    size_t taken = 0, batches = 0;
    begin();
    put("attendees.commands", "attendee.import", 0, 100);
    while (!command_queue_empty(t.queue)) {
        take();
        ck_assert_uint_ge(t.n, 1);
        ck_assert_uint_eq(count("attendees.commands"), t.n);
        taken += t.n;
        batches++;
    }
    ck_assert_uint_eq(taken, 100);
    ck_assert_uint_ge(batches, 2);
    end();
}
END_TEST

START_TEST(a_batch_has_no_more_bytes_than_one_transaction_takes)
{
    begin();
    for (int i = 0; i < 40; i++)
        put_sized("tickets.commands", "order.place", i, 256 * 1024);
    take();
    ck_assert_uint_ge(t.n, 2);
    ck_assert_uint_le(t.n, 17);
    end();
}
END_TEST

START_TEST(a_batch_is_not_longer_than_asked_and_the_rest_waits)
{
    begin();
    put_sales(0, MOST + 20);
    take();
    ck_assert_uint_eq(t.n, MOST);
    take();
    ck_assert_uint_eq(t.n, 20);
    ck_assert_int_eq(t.batch[0].offset, MOST);
    end();
}
END_TEST

START_TEST(a_flood_is_not_all_read_at_once)
{
    int n = 0;
    begin();
    while (command_queue_has_room(t.queue) && n < 100000)
        put_reports(n++, 1);
    ck_assert_int_lt(n, 10000);
    take();
    ck_assert(command_queue_has_room(t.queue));
    end();
}
END_TEST

START_TEST(what_was_read_in_vain_is_dropped)
{
    begin();
    put_reports(0, 10);
    put_sales(0, 10);
    command_queue_clear(t.queue);
    ck_assert(command_queue_empty(t.queue));
    take();
    ck_assert_uint_eq(t.n, 0);
    end();
}
END_TEST

CHECK_MAIN("command_queue", a_sale_does_not_wait_for_the_reports_that_came_before_it,
           reports_are_not_kept_waiting_for_ever_by_sales,
           while_sales_come_reports_have_a_third_of_the_time,
           reports_alone_are_taken_by_little_batches_in_their_order,
           soon_after_sales_reports_are_taken_as_if_beside_them,
           it_is_known_how_long_there_is_nothing_to_take,
           a_page_of_an_audience_counts_as_what_it_writes, what_writes_much_is_split_over_batches,
           a_batch_has_no_more_bytes_than_one_transaction_takes,
           a_batch_is_not_longer_than_asked_and_the_rest_waits, a_flood_is_not_all_read_at_once,
           what_was_read_in_vain_is_dropped)
