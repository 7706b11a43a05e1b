/* The picture of an event: kept apart from it, replaced, removed, copied, and gone with it. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event_picture.h"
#include "tests/support/given.h"

static struct scenario t;

/* A JPEG of two by one pixels. */
#define JPEG                                                                                       \
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////"     \
    "////////////////////////////////wAALCAABAAIBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI"     \
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcY"     \
    "GRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"     \
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AI6/"     \
    "/9k="
#define JPEG_SHA256 "cb4b43f1a57a853540cd388f36611c7cd962e9e3688cf6d86b2e792e721b339b"
#define OTHER_JPEG                                                                                 \
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////"     \
    "////////////////////////////////wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI"     \
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcY"     \
    "GRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"     \
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AHV/"     \
    "/9k="
/* Of 1300 by one. */
#define WIDE_JPEG                                                                                  \
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////"     \
    "////////////////////////////////wAALCAABBRQBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI"     \
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcY"     \
    "GRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"     \
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AI6K"     \
    "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK"     \
    "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK//Z"
/* Of one pixel. */
#define A_PNG                                                                                      \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgYDgBAADMAMkZjxL2AAAAAElFTkSuQmCC"
#define SET(data) "{" AT ",'data':'" data "'}"

static const struct event *event(void)
{
    return scenario_record(&t, &collection_events, EVENT_ID);
}

static const struct picture_file *file_of(const char *event_id)
{
    return scenario_record(&t, &collection_pictures, event_id);
}

static void begin(void)
{
    scenario_open(&t);
    given_event(&t, EVENT_ID, EVENT_PUBLISHED);
}

START_TEST(a_picture_is_kept_apart_and_the_event_says_what_it_is)
{
    begin();
    scenario_when(&t, "event.set_picture", "{" AT ",'data':'" JPEG "','alt':'Two dancers'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_ptr_null(t.result.answer.etag); /* of the picture as it was sent there is none */
    ck_assert_str_eq(scenario_text(&t, "sha256"), JPEG_SHA256);
    ck_assert_str_eq(scenario_text(&t, "content_type"), "image/jpeg");
    ck_assert_int_eq(scenario_number(&t, "width"), 2);
    ck_assert_int_eq(scenario_number(&t, "height"), 1);
    ck_assert_str_eq(scenario_text(&t, "alt"), "Two dancers");
    ck_assert_str_eq(event()->picture->sha256, JPEG_SHA256);
    ck_assert_int_eq(event()->version, 2);
    ck_assert_str_eq(file_of(EVENT_ID)->data, JPEG);
    json_t *fact = scenario_emitted(&t, "event.updated", 0);
    ck_assert_int_eq(json_integer_value(json_object_get(fact, "version")), 2);
    scenario_close(&t);
}
END_TEST

START_TEST(the_newest_takes_the_place_and_the_same_again_changes_nothing)
{
    begin();
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_unchanged(&t, 200);
    scenario_when(&t, "event.set_picture", SET(OTHER_JPEG));
    ck_assert_str_ne(event()->picture->sha256, JPEG_SHA256);
    ck_assert_str_eq(file_of(EVENT_ID)->sha256, event()->picture->sha256);
    ck_assert_str_eq(file_of(EVENT_ID)->data, OTHER_JPEG);
    scenario_when(&t, "event.set_picture", "{" AT ",'data':'" OTHER_JPEG "','alt':'A dot'}");
    ck_assert_str_eq(event()->picture->alt, "A dot");
    scenario_close(&t);
}
END_TEST

START_TEST(what_cannot_be_shown_is_refused)
{
    static const struct {
        const char *data, *reason;
    } wrong[] = {{"bm90IGEgcGljdHVyZQ==", "unreadable"},
                 {"!", "unreadable"},
                 {A_PNG, "unreadable"},
                 {WIDE_JPEG, "too_many_pixels"}};
    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scenario_when(&t, "event.set_picture", "{" AT ",'data':'%s'}", wrong[i].data);
        scenario_refused(&t, 422, "invalid_picture");
        ck_assert_str_eq(scenario_text(&t, "reason"), wrong[i].reason);
    }
    scenario_when(&t, "event.set_picture", "{'event_id':'" OTHER_EVENT_ID "','data':'" JPEG "'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_precondition_is_of_the_picture)
{
    begin();
    t.if_match = "*";
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_refused(&t, 412, "precondition_failed"); /* there is none yet */
    t.if_match = NULL;
    scenario_when(&t, "event.set_picture", SET(JPEG));
    t.if_match = "\"2\""; /* the event's */
    scenario_when(&t, "event.remove_picture", "{" AT "}");
    scenario_refused(&t, 412, "precondition_failed");
    t.if_match = "\"" JPEG_SHA256 "\"";
    scenario_when(&t, "event.set_picture", SET(OTHER_JPEG));
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "event.remove_picture", "{" AT "}");
    scenario_refused(&t, 412, "precondition_failed");
    scenario_close(&t);
}
END_TEST

START_TEST(a_picture_can_be_removed)
{
    begin();
    scenario_when(&t, "event.remove_picture", "{" AT "}");
    scenario_refused(&t, 404, "not_found");
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_when(&t, "event.remove_picture", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(event()->picture);
    ck_assert_ptr_null(file_of(EVENT_ID));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "event.updated", 0));
    scenario_close(&t);
}
END_TEST

START_TEST(an_edit_of_the_event_leaves_its_picture)
{
    begin();
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_when(&t, "event.replace",
                  "{" AT ",'name':'Fair','starts_at':'2026-06-01T20:00:00+02:00','time_zone':"
                  "'Europe/Madrid','location':'Square','category':'music','currency':'EUR'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(event()->picture->sha256, JPEG_SHA256);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'picture':null}}");
    SCENARIO_INVALID(&t, "#/picture read_only");
    scenario_close(&t);
}
END_TEST

START_TEST(a_clone_has_it_too_and_a_deleted_event_has_none)
{
    begin();
    scenario_when(&t, "event.set_picture", SET(JPEG));
    scenario_when(&t, "event.clone", "{" AT ",'starts_at':'2031-06-01T20:00:00+02:00'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    const char *clone = mem_strdup(t.arena, scenario_text(&t, "id"));
    const struct event *cloned = scenario_record(&t, &collection_events, clone);
    ck_assert_str_eq(cloned->picture->sha256, JPEG_SHA256);
    ck_assert_str_eq(file_of(clone)->event_id, clone);
    ck_assert_str_eq(file_of(clone)->data, JPEG);
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(file_of(EVENT_ID));
    ck_assert_ptr_nonnull(file_of(clone));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("event_picture", a_picture_is_kept_apart_and_the_event_says_what_it_is,
           the_newest_takes_the_place_and_the_same_again_changes_nothing,
           what_cannot_be_shown_is_refused, a_precondition_is_of_the_picture,
           a_picture_can_be_removed, an_edit_of_the_event_leaves_its_picture,
           a_clone_has_it_too_and_a_deleted_event_has_none)
