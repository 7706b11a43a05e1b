/* The words of names, and phone numbers as people type them. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/store/collection.h"
#include "db-svc/store/search_words.h"
#include "libshared/base/mem.h"

START_TEST(a_name_is_split_at_blanks_hyphens_and_apostrophes)
{
    static const struct {
        const char *name, *words;
    } rows[] = {{"Ana García-López", " ana garcia lopez"},
                {"Pat O'Brien", " pat o brien"},
                {"Pat O’Brien", " pat o brien"},
                {"  Łukasz   Świątek ", " lukasz swiatek"},
                {"Søren Åse Þór Ægir Œuvre", " soren ase thor aegir oeuvre"},
                {"Đặng Straße", " dang strasse"},
                {"ana-maria@example.org", " ana-maria@example.org"},
                {"李 小龍", " 李 小龍"},
                {"-'’ -", ""},
                {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
        struct search_words words;
        const char *all = "";
        search_words_split(arena, collection_fold_q(arena, rows[i].name), &words);
        for (size_t k = 0; k < words.n; k++)
            all = mem_printf(arena, "%s %s", all, words.at[k]);
        ck_assert_str_eq(all, rows[i].words);
    }
}
END_TEST

START_TEST(a_name_of_very_many_words_has_only_so_many)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct search_words words;
    search_words_split(arena, "a b c d e f g h i j k l m n o p q r s", &words);
    ck_assert_uint_eq(words.n, SEARCH_WORDS_MAX);
    ck_assert_str_eq(words.at[SEARCH_WORDS_MAX - 1], "p");
}
END_TEST

START_TEST(a_phone_number_is_known_however_it_is_written)
{
    static const char phone[] = "+34600111222";
    static const struct {
        const char *typed, *end;
        bool same;
    } rows[] = {{"+34600111222", "111222", true},
                {"+34 600 111 222", "111222", true},
                {"0034-600-111-222", "111222", true},
                {"600111222", "111222", true},
                {"(0)600/111.222", "111222", true},
                {"111222", "111222", true},
                {"+49600111222", "111222", false},
                {"700111222", "111222", false},
                {"11222", NULL, true},
                {"+11222", NULL, false},
                {"ana", NULL, false},
                {"600111222x", NULL, false},
                {"", NULL, false},
                {"000000", NULL, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
        const char *end = search_words_phone_end(arena, rows[i].typed);
        ck_assert_str_eq(end != NULL ? end : "none", rows[i].end != NULL ? rows[i].end : "none");
        ck_assert_msg(search_words_same_phone(arena, phone, rows[i].typed) == rows[i].same, "%s",
                      rows[i].typed);
    }
}
END_TEST

CHECK_MAIN("search_words", a_name_is_split_at_blanks_hyphens_and_apostrophes,
           a_name_of_very_many_words_has_only_so_many,
           a_phone_number_is_known_however_it_is_written)
