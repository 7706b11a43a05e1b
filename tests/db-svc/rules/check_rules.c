/* What the table of decisions promises: every command of the contract is decided. */
#include "tests/support/check_main.h"

#include "db-svc/rules/rules.h"

START_TEST(every_command_has_a_decision_and_no_query_has)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct handler *handler = rules_find(commands[i].type);
        ck_assert_msg((handler == NULL) == (commands[i].shape == COMMAND_QUERY), "%s",
                      commands[i].type);
    }
    ck_assert_ptr_null(rules_find("order.steal"));
}
END_TEST

START_TEST(a_decision_takes_the_request_that_its_command_has)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct handler *handler = rules_find(commands[i].type);
        if (handler != NULL && handler->request != NULL)
            ck_assert_msg(handler->request == commands[i].request, "%s", commands[i].type);
    }
}
END_TEST

CHECK_MAIN("rules", a_decision_takes_the_request_that_its_command_has,
           every_command_has_a_decision_and_no_query_has)
