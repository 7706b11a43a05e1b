/* The header traceparent, read and written. */
#include "libshared/trace/trace_context.h"

#include <string.h>

#include "libshared/trace/tracer.h"
#include "tests/support/check_main.h"

#define GOOD "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

START_TEST(what_is_read_is_written_again)
{
    struct trace_context context;
    char text[TRACEPARENT_SIZE], id[TRACE_ID_SIZE];
    ck_assert(trace_context_read(GOOD, &context));
    trace_context_write(text, &context);
    ck_assert_str_eq(text, GOOD);
    trace_context_id(id, &context);
    ck_assert_str_eq(id, "4bf92f3577b34da6a3ce929d0e0e4736");
}
END_TEST

START_TEST(a_later_version_is_read_as_far_as_it_is_known)
{
    struct trace_context context;
    ck_assert(trace_context_read("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more",
                                 &context));
    ck_assert_int_eq(context.flags, TRACE_SAMPLED | TRACE_RANDOM);
}
END_TEST

START_TEST(what_is_none_is_refused)
{
    static const char *const wrong[] = {
        "",
        "00",
        GOOD "-more",
        GOOD "x",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03x",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-001",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    struct trace_context context;
    ck_assert(!trace_context_read(NULL, &context));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!trace_context_read(wrong[i], &context), "%s", wrong[i]);
}
END_TEST

START_TEST(samplers_and_ratios_are_those_of_the_specification)
{
    enum trace_sampler sampler;
    double ratio;
    ck_assert(tracer_sampler("parentbased_traceidratio", &sampler));
    ck_assert_int_eq(sampler, SAMPLER_PARENT_RATIO);
    ck_assert(!tracer_sampler("sometimes", &sampler));
    ck_assert(tracer_ratio("0.25", &ratio) && ratio == 0.25);
    ck_assert(!tracer_ratio("1.5", &ratio) && !tracer_ratio("-1", &ratio) &&
              !tracer_ratio("", &ratio) && !tracer_ratio("x", &ratio) &&
              !tracer_ratio("nan", &ratio));
}
END_TEST

CHECK_MAIN("trace_context", what_is_read_is_written_again,
           a_later_version_is_read_as_far_as_it_is_known, what_is_none_is_refused,
           samplers_and_ratios_are_those_of_the_specification)
