/* What automatic messages say when nobody has written them. */
#include "db-svc/rules/messages/default_texts.h"

#include <string.h>

#include "db-svc/rules/messages/content.h"
#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static bool is_right(void *arena, const struct default_text *text)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    content_check(
        &decoder, NULL,
        &(const struct notification_text){.subject = text->subject, .message = text->message});
    return violations.n == 0;
}

START_TEST(every_kind_is_worded_in_english_and_spanish)
{
    void *arena = mem_arena(NULL, 0);
    for (int kind = 1; kind < MESSAGE_KINDS; kind++) {
        const struct default_text english = default_texts_of((enum message_kind)kind, "en");
        const struct default_text spanish = default_texts_of((enum message_kind)kind, "es");
        const struct default_text all[] = {english, spanish};
        ck_assert_str_ne(english.subject, spanish.subject);
        ck_assert_str_ne(english.message, spanish.message);
        for (size_t i = 0; i < 2; i++) {
            ck_assert(is_right(arena, &all[i]));
            ck_assert_ptr_nonnull(strstr(all[i].subject, "{{event.name}}"));
            ck_assert_ptr_nonnull(strstr(all[i].message, "{{recipient.name}}"));
            ck_assert_ptr_null(strpbrk(all[i].subject, "\r\n"));
            ck_assert_uint_le(strlen(all[i].subject), 200);
        }
    }
    mem_free(arena);
}
END_TEST

START_TEST(who_speaks_neither_reads_english)
{
    const struct default_text english = default_texts_of(MESSAGE_REMINDER, "en");
    ck_assert_str_eq(default_texts_of(MESSAGE_REMINDER, NULL).message, english.message);
    ck_assert_str_eq(default_texts_of(MESSAGE_REMINDER, "fr-CA").message, english.message);
    ck_assert_str_eq(default_texts_of(MESSAGE_REMINDER, "en-GB").message, english.message);
    ck_assert_str_eq(default_texts_of(MESSAGE_REMINDER, "es-MX").message,
                     default_texts_of(MESSAGE_REMINDER, "es").message);
}
END_TEST

START_TEST(a_welcome_asks_to_confirm_and_tickets_come_with_their_codes)
{
    static const char *const locales[] = {"en", "es"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(
            strstr(default_texts_of(MESSAGE_WELCOME, locales[i]).message, "{{links.confirm}}"));
        ck_assert_ptr_nonnull(
            strstr(default_texts_of(MESSAGE_TICKETS, locales[i]).message, "{{tickets.list}}"));
        ck_assert_ptr_nonnull(
            strstr(default_texts_of(MESSAGE_TICKET, locales[i]).message, "{{tickets.list}}"));
        ck_assert_ptr_null(
            strstr(default_texts_of(MESSAGE_TICKET, locales[i]).message, "{{order."));
    }
}
END_TEST

/* A code may admit a family. */
START_TEST(no_text_says_that_a_code_is_for_one_person)
{
    static const enum message_kind kinds[] = {MESSAGE_TICKETS, MESSAGE_TICKET};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_null(strstr(default_texts_of(kinds[i], "en").message, "one person, once"));
        ck_assert_ptr_null(
            strstr(default_texts_of(kinds[i], "es").message, "una persona, una sola vez"));
    }
}
END_TEST

CHECK_MAIN("default_texts", every_kind_is_worded_in_english_and_spanish,
           who_speaks_neither_reads_english,
           a_welcome_asks_to_confirm_and_tickets_come_with_their_codes,
           no_text_says_that_a_code_is_for_one_person)
