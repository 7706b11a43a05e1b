/* Pictures in memory: asked for once, kept within bounds, and never an old one for a new one. */
#include "libshared/service/event_pictures.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static void *arena;
static struct event_pictures *pictures;
static struct replies_request asked[100];
static size_t n_asked, n_told;
static enum event_picture_outcome told;
static struct shown_picture *shown;

static void ask(void *user, const struct replies_request *request)
{
    (void)user;
    ck_assert_str_eq(request->type, "picture.get");
    ck_assert_str_eq(request->topic, "events.queries");
    asked[n_asked++] = *request;
}

static void on_told(void *context, enum event_picture_outcome outcome,
                    struct shown_picture *picture)
{
    (void)context;
    n_told++;
    told = outcome;
    shown = picture;
}

static const char *event(int n)
{
    return mem_printf(arena, "event_01jz3w4v9he8qb2m5x7k6d%04d", n);
}

static void want(int n, const char *sha256, int64_t now_ms)
{
    event_pictures_want(
        pictures,
        &(struct event_pictures_wanted){
            .event_id = event(n), .sha256 = sha256, .done = on_told, .context = &told},
        now_ms);
}

static void answer(size_t i, int status, const char *sha256)
{
    const char *body = mem_printf(
        arena, "{\"sha256\":\"%s\",\"content_type\":\"image/jpeg\",\"data\":\"AAEC\"}", sha256);
    asked[i].done(asked[i].context, &(struct reply){.outcome = REPLY_ANSWERED,
                                                    .status = status,
                                                    .body = body,
                                                    .body_size = strlen(body)});
}

static void setup(void)
{
    arena = mem_arena(NULL, 0);
    pictures = event_pictures_new(arena, ask, NULL);
    n_asked = n_told = 0;
}

START_TEST(many_who_want_a_picture_ask_for_it_once)
{
    setup();
    for (int i = 0; i < 5; i++)
        want(1, "aa", 0);
    ck_assert_uint_eq(n_asked, 1);
    ck_assert_uint_eq(n_told, 0);
    answer(0, 200, "aa");
    ck_assert_uint_eq(n_told, 5);
    ck_assert_int_eq(told, EVENT_PICTURE_SHOWN);
    ck_assert_uint_eq(shown->file.picture.size, 3);
    ck_assert_mem_eq(shown->file.picture.bytes, "\0\1\2", 3);
    want(1, "aa", 1000000);
    ck_assert_uint_eq(n_told, 6);
    ck_assert_uint_eq(n_asked, 1);
    mem_free(arena);
}
END_TEST

START_TEST(a_picture_that_has_changed_is_asked_for_anew)
{
    setup();
    want(1, "aa", 0);
    answer(0, 200, "aa");
    want(1, "bb", 1);
    ck_assert_uint_eq(n_asked, 2);
    answer(1, 200, "bb");
    ck_assert_str_eq(shown->file.sha256, "bb");
    want(1, "aa", 2); /* who knows only the old one: it is gone, and asked for in vain once */
    answer(2, 200, "bb");
    want(1, "aa", 3);
    ck_assert_str_eq(shown->file.sha256, "bb");
    ck_assert_uint_eq(n_asked, 3);
    mem_free(arena);
}
END_TEST

START_TEST(the_newest_may_be_a_moment_old)
{
    setup();
    want(1, NULL, 0);
    answer(0, 404, "");
    ck_assert_int_eq(told, EVENT_PICTURE_NONE);
    want(1, NULL, EVENT_PICTURES_FRESH_MS - 1);
    ck_assert_uint_eq(n_told, 2);
    want(1, NULL, EVENT_PICTURES_FRESH_MS);
    ck_assert_uint_eq(n_asked, 2);
    answer(1, 200, "aa");
    ck_assert_int_eq(told, EVENT_PICTURE_SHOWN);
    mem_free(arena);
}
END_TEST

START_TEST(what_cannot_be_asked_is_told_and_asked_again)
{
    setup();
    want(1, "aa", 0);
    asked[0].done(asked[0].context, &(struct reply){.outcome = REPLY_UNKNOWN});
    ck_assert_int_eq(told, EVENT_PICTURE_UNKNOWN);
    want(1, "aa", 1);
    ck_assert_uint_eq(n_asked, 2);
    answer(1, 503, "");
    ck_assert_int_eq(told, EVENT_PICTURE_UNKNOWN);
    want(1, NULL, 2);
    ck_assert_uint_eq(n_asked, 3);
    mem_free(arena);
}
END_TEST

START_TEST(the_one_that_was_not_used_for_longest_goes_and_one_that_is_held_stays)
{
    setup();
    want(0, "aa", 0);
    answer(0, 200, "aa");
    struct shown_picture *held = shown_picture_hold(shown);
    for (int i = 1; i <= EVENT_PICTURES_MAX; i++) {
        want(i, "aa", i);
        answer(n_asked - 1, 200, "aa");
    }
    size_t before = n_asked;
    want(EVENT_PICTURES_MAX, "aa", 100);
    ck_assert_uint_eq(n_asked, before);
    want(0, "aa", 101);
    ck_assert_uint_eq(n_asked, before + 1);
    ck_assert_mem_eq(held->file.picture.bytes, "\0\1\2", 3);
    shown_picture_release(held);
    mem_free(arena);
}
END_TEST

START_TEST(too_many_at_once_are_told_so)
{
    setup();
    for (int i = 0; i < EVENT_PICTURES_MAX; i++)
        want(i, "aa", 0);
    ck_assert_uint_eq(n_told, 0);
    want(EVENT_PICTURES_MAX, "aa", 0);
    ck_assert_uint_eq(n_told, 1);
    ck_assert_int_eq(told, EVENT_PICTURE_UNKNOWN);
    mem_free(arena);
}
END_TEST

START_TEST(who_is_forgotten_is_told_nothing)
{
    setup();
    want(1, "aa", 0);
    event_pictures_forget(pictures, &told);
    answer(0, 200, "aa");
    ck_assert_uint_eq(n_told, 0);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("event_pictures", many_who_want_a_picture_ask_for_it_once,
           a_picture_that_has_changed_is_asked_for_anew, the_newest_may_be_a_moment_old,
           what_cannot_be_asked_is_told_and_asked_again,
           the_one_that_was_not_used_for_longest_goes_and_one_that_is_held_stays,
           too_many_at_once_are_told_so, who_is_forgotten_is_told_nothing)
