/* Every channel is whole: it has a name, and what of a person it goes to. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/channel.h"

START_TEST(every_channel_has_a_name_of_its_own_and_is_found_by_it)
{
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        ck_assert_int_eq(channel_named(channel_names[channel]), channel);
    ck_assert_ptr_null(channel_names[CHANNELS]);
    ck_assert_int_eq(channel_named("pigeon"), CHANNEL_UNSET);
    ck_assert_int_eq(channel_named(""), CHANNEL_UNSET);
    ck_assert_int_eq(channel_named(NULL), CHANNEL_UNSET);
}
END_TEST

START_TEST(each_channel_goes_to_its_own_kind_of_address)
{
    const struct contacts contacts = {.email = "ana@example.org", .phone = "+34600111222"};
    const struct contacts none = {0};
    ck_assert_str_eq(channel_address(CHANNEL_EMAIL, contacts), "ana@example.org");
    ck_assert_str_eq(channel_address(CHANNEL_SMS, contacts), "+34600111222");
    ck_assert(channel_is_by_email(CHANNEL_EMAIL));
    ck_assert(!channel_is_by_email(CHANNEL_SMS));
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++)
        ck_assert_ptr_null(channel_address((enum channel)channel, none));
}
END_TEST

START_TEST(an_address_is_compared_as_its_channel_compares_it)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(channel_fold(arena, CHANNEL_EMAIL, "Ana@Example.org"), "ana@example.org");
    ck_assert_str_eq(channel_fold(arena, CHANNEL_SMS, "+34600111222"), "+34600111222");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("channel", every_channel_has_a_name_of_its_own_and_is_found_by_it,
           each_channel_goes_to_its_own_kind_of_address,
           an_address_is_compared_as_its_channel_compares_it)
