/* What the table of decisions promises: every command of the contract is decided. */
#include "tests/support/check_main.h"

#include "db-svc/rules/rules.h"

START_TEST(every_command_has_a_decision_and_no_query_has)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct decision *decision = rules_find(commands[i].type);
        ck_assert_msg((decision == NULL) == (commands[i].shape == COMMAND_QUERY), "%s",
                      commands[i].type);
    }
    ck_assert_ptr_null(rules_find("order.steal"));
}
END_TEST

CHECK_MAIN("rules", every_command_has_a_decision_and_no_query_has)
