/* How a ticket type is called on its tickets. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"

START_TEST(the_label_says_for_how_many_people_a_ticket_is)
{
    void *arena = mem_arena(NULL, 0);
    const struct ticket_type one = {.name = "General"},
                             family = {.name = "Family", .admits = {true, 4}};
    ck_assert_str_eq(ticket_type_label(arena, &one), "General");
    ck_assert_str_eq(ticket_type_label(arena, &family), "Family × 4");
    ck_assert_ptr_null(ticket_type_label(arena, NULL));
    mem_free(arena);
}
END_TEST

CHECK_MAIN("ticket_type", the_label_says_for_how_many_people_a_ticket_is)
