#include "tests/support/check_main.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

#include "libshared/base/mem.h"

int check_main_run(const char *name, const TTest *const tests[], unsigned n)
{
    (void)signal(SIGPIPE, SIG_IGN); /* as in the services */
    mem_init();
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    Suite *suite = suite_create(name);
    for (unsigned i = 0; i < n; i++) {
        TCase *one = tcase_create(tests[i]->name);
        tcase_set_timeout(one, 600);
        tcase_add_test(one, tests[i]);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
