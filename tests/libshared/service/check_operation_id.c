/* An operation's id leads back to the key and the command that it is made of. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/service/operation_id.h"

START_TEST(an_id_leads_back_to_its_key_and_command)
{
    static const char *const rows[][2] = {
        {"anonymous", "k"}, {"box-office", "order 4711 / a?b#c"}, {"a.b_c-d", "~"}};
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *id = operation_id(arena, rows[i][0], rows[i][1]), *caller, *command;
        ck_assert_uint_eq(
            strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            strlen(id));
        ck_assert(operation_id_parse(arena, id, &caller, &command));
        ck_assert_str_eq(caller, rows[i][0]);
        ck_assert_str_eq(command, rows[i][1]);
    }
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_id_is_refused)
{
    char key[300];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    void *arena = mem_arena(NULL, 0);
    const char *const wrong[] = {"",
                                 "x",
                                 "!!!!",
                                 "AAAA",
                                 "YQ",
                                 "YQo",
                                 "CmE",
                                 "YQpiCmM=",
                                 "YQpiAGM",
                                 operation_id(arena, "a", key),
                                 operation_id(arena, "", "b"),
                                 operation_id(arena, "a", "b\nc"),
                                 operation_id(arena, "a", "\xc3\xa9")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *caller, *command;
        ck_assert_msg(!operation_id_parse(arena, wrong[i], &caller, &command), "row %zu", i);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("operation_id", an_id_leads_back_to_its_key_and_command, what_is_no_id_is_refused)
