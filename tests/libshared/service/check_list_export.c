/* Lists that are exported, many at once: who asks for the next page, and when. */
#include "tests/support/check_main.h"

#include <unistd.h>

#include "tests/libshared/service/facade_fixture.h"

#define EXPORTS 5
#define AT_ONCE 2

static int clients[EXPORTS];
static struct replies_request asked[32]; /* for pages after the first, in order */
static size_t n_asked;

static void answer(const struct replies_request *request, const char *body)
{
    const size_t before = t.asked;
    request->done(request->context, &(struct reply){.outcome = REPLY_ANSWERED,
                                                    .status = 200,
                                                    .body = body,
                                                    .body_size = strlen(body)});
    for (int i = 0; i < 5; i++)
        turn();
    ck_assert_uint_le(t.asked - before, 1);
    if (t.asked > before)
        asked[n_asked++] = t.request;
}

static const char more[] = "{\"items\":[{\"name\":\"Ada\"}],\"next\":\"c\"}";
static const char last[] = "{\"items\":[{\"name\":\"Bob\"}],\"next\":null}";

/* Each has its first page, by the question that every route asks. */
static void begin_exports(void)
{
    begin();
    n_asked = 0;
    for (size_t i = 0; i < EXPORTS; i++) {
        ask("GET", EVENTS "/attendees/export", "", NULL);
        const struct replies_request first = t.request;
        answer(&first, more);
        clients[i] = t.fd;
        t.fd = -1;
    }
}

static void end_exports(void)
{
    for (size_t i = 0; i < EXPORTS; i++)
        (void)close(clients[i]);
    end();
}

static const char *told(size_t client)
{
    t.fd = clients[client];
    t.size = 0;
    while (hear(true) == false)
        turn();
    t.fd = -1;
    return t.body;
}

START_TEST(however_many_are_under_way_few_pages_are_asked_for_at_once)
{
    begin_exports();
    ck_assert_uint_eq(n_asked, AT_ONCE);
    for (size_t i = 0; i < 2 * (size_t)EXPORTS - AT_ONCE; i++) {
        answer(&asked[i], i < EXPORTS ? more : last);
        ck_assert_uint_eq(n_asked, i + 1 + AT_ONCE);
    }
    answer(&asked[2 * EXPORTS - AT_ONCE], last);
    answer(&asked[2 * EXPORTS - 1], last);
    ck_assert_uint_eq(n_asked, 2 * EXPORTS);
    for (size_t i = 0; i < EXPORTS; i++)
        ck_assert_ptr_nonnull(strstr(told(i), "Bob\r\n\r\n0\r\n"));
    end_exports();
}
END_TEST

START_TEST(another_question_waits_for_no_export)
{
    begin_exports();
    ask("GET", EVENTS "/availability", "", NULL);
    ck_assert_str_eq(t.request.type, "availability.get");
    reply_with(200, "{}");
    hang_up();
    end_exports();
}
END_TEST

START_TEST(who_leaves_leaves_the_turn_to_others)
{
    begin_exports();
    (void)shutdown(clients[0], SHUT_RDWR);
    (void)shutdown(clients[2], SHUT_RDWR);
    answer(&asked[0], more);
    answer(&asked[1], last);
    ck_assert_uint_eq(n_asked, 2 + AT_ONCE);
    answer(&asked[2], last);
    answer(&asked[3], last);
    for (size_t i = 4; i < n_asked; i++)
        answer(&asked[i], last);
    ck_assert_ptr_nonnull(strstr(told(3), "Bob\r\n\r\n0\r\n"));
    ck_assert_ptr_nonnull(strstr(told(4), "Bob\r\n\r\n0\r\n"));
    end_exports();
}
END_TEST

CHECK_MAIN("list_export", however_many_are_under_way_few_pages_are_asked_for_at_once,
           another_question_waits_for_no_export, who_leaves_leaves_the_turn_to_others)
