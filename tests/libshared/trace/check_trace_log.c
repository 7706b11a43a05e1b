#include "libshared/trace/trace_log.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "tests/support/check_main.h"

#define ONE "4bf92f3577b34da6a3ce929d0e0e4736"
#define OTHER "0af7651916cd43dd8448eb211c80319c"
#define PARENT(trace) "00-" trace "-00f067aa0ba902b7-00"
#define CARRIES(trace) "\"trace_id\":\"" trace "\""

static char lines[4096];

/* What `work` writes to the log. */
static const char *logged(void (*work)(void))
{
    const int file = memfd_create("log", MFD_CLOEXEC), before = dup(STDERR_FILENO);
    ck_assert_int_ge(file, 0);
    ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
    log_open("test", LOG_INFO);
    work();
    ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
    const ssize_t size = pread(file, lines, sizeof lines - 1, 0);
    ck_assert_int_gt(size, 0);
    lines[size] = '\0';
    (void)close(file);
    (void)close(before);
    return lines;
}

static void write_within(void)
{
    TRACE_LOG(PARENT(ONE));
    log_info("first", LOG_INT("n", 1));
    log_info("second");
}

START_TEST(every_line_of_a_piece_of_work_carries_its_trace)
{
    const char *second = strstr(logged(write_within), "\"second\"");
    ck_assert_ptr_nonnull(second);
    const char *found = strstr(lines, "\"n\":1," CARRIES(ONE));
    ck_assert(found != NULL && found < second);
    ck_assert_ptr_nonnull(strstr(second, CARRIES(ONE)));
}
END_TEST

static void write_one_of(const char *event, const char *traceparent)
{
    TRACE_LOG(traceparent);
    log_write(LOG_INFO, event, (const struct log_field[]){{0}});
}

static void write_two_of(void)
{
    TRACE_LOG(PARENT(ONE));
    write_one_of("inner", PARENT(OTHER));
    log_info("outer");
}

static void write_around(void)
{
    write_two_of();
    log_info("after");
}

START_TEST(a_piece_of_work_gives_the_log_back_as_it_was)
{
    const char *outer = strstr(logged(write_around), "\"outer\"");
    ck_assert_ptr_nonnull(outer);
    ck_assert_ptr_nonnull(strstr(lines, CARRIES(OTHER)));
    ck_assert_ptr_null(strstr(outer, OTHER));
    ck_assert_ptr_nonnull(strstr(outer, CARRIES(ONE)));
    ck_assert_ptr_null(strstr(strstr(lines, "\"after\""), "trace_id"));
}
END_TEST

static void write_without(void)
{
    TRACE_LOG(PARENT(ONE));
    write_one_of("none", NULL);
    write_one_of("unreadable", "00-zz-01");
}

START_TEST(work_without_a_trace_carries_none)
{
    ck_assert_ptr_null(strstr(logged(write_without), "trace_id"));
    ck_assert_ptr_nonnull(strstr(lines, "unreadable"));
}
END_TEST

static void *write_one(void *user)
{
    (void)user;
    log_info("other");
    return NULL;
}

static void write_beside(void)
{
    pthread_t thread;
    TRACE_LOG(PARENT(ONE));
    ck_assert_int_eq(pthread_create(&thread, NULL, write_one, NULL), 0);
    (void)pthread_join(thread, NULL);
}

START_TEST(the_lines_of_other_threads_are_not_its_own)
{
    ck_assert_ptr_null(strstr(logged(write_beside), "trace_id"));
}
END_TEST

CHECK_MAIN("trace_log", every_line_of_a_piece_of_work_carries_its_trace,
           a_piece_of_work_gives_the_log_back_as_it_was, work_without_a_trace_carries_none,
           the_lines_of_other_threads_are_not_its_own)
