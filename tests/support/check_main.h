/* check_main: a suite's main(), so that none is copied.
 *
 *   CHECK_MAIN("clock", times_are_read, times_are_written)
 *
 * Each name is a START_TEST; CK_RUN_CASE (Check's own) runs one alone. */
#pragma once

#include <check.h>

int check_main_run(const char *name, const TTest *const tests[], unsigned n);

#define CHECK_MAIN(name, ...)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return check_main_run((name), tests, sizeof tests / sizeof *tests);                        \
    }
