/* Each channel can be configured, sends, and says whether it is there. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "notify-svc/channels.h"

static struct settings settings_of(const char *sms_url)
{
    return (struct settings){.smtp_url = "smtp://127.0.0.1:1",
                             .smtp_from = "Office <office@example.org>",
                             .sms_url = sms_url,
                             .email_rate = 7,
                             .sms_rate = 3};
}

START_TEST(every_channel_is_configured_by_its_own_settings)
{
    void *arena = mem_arena(NULL, 0);
    const char *setting = NULL;
    struct channels channels;
    struct settings settings = settings_of("kannel+http://u:p@127.0.0.1:1/cgi-bin/sendsms");
    ck_assert_int_eq(channels_configure(arena, &settings, &channels, &setting), 0);
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++) {
        ck_assert_ptr_nonnull(channels.configs[channel]);
        ck_assert(channels_available(&settings, (enum channel)channel));
    }
    ck_assert_str_eq(channels.sender, "office@example.org");
    ck_assert_int_eq(channels_rate(&settings, CHANNEL_EMAIL), 7);
    ck_assert_int_eq(channels_rate(&settings, CHANNEL_SMS), 3);
    mem_free(arena);
}
END_TEST

START_TEST(the_setting_that_makes_no_sense_is_named)
{
    void *arena = mem_arena(NULL, 0);
    const char *setting = NULL;
    struct channels channels;
    struct settings settings = settings_of("ftp://127.0.0.1");
    ck_assert_int_lt(channels_configure(arena, &settings, &channels, &setting), 0);
    ck_assert_str_eq(setting, "SMS_URL");
    settings.smtp_url = "nonsense://x";
    ck_assert_int_lt(channels_configure(arena, &settings, &channels, &setting), 0);
    ck_assert_str_eq(setting, "SMTP_URL");
    mem_free(arena);
}
END_TEST

START_TEST(a_channel_without_its_setting_is_not_there_and_sends_nothing)
{
    void *arena = mem_arena(NULL, 0);
    const char *setting = NULL;
    struct channels channels;
    struct settings settings = settings_of(NULL);
    const struct delivery_payload order = {.channel = CHANNEL_SMS, .address = "+34600111222"};
    ck_assert_int_eq(channels_configure(arena, &settings, &channels, &setting), 0);
    ck_assert(!channels_available(&settings, CHANNEL_SMS));
    ck_assert(channels_available(&settings, CHANNEL_EMAIL));
    struct outcome outcome = channels_send(arena, &channels, NULL, &order, NULL, 0);
    ck_assert_int_eq(outcome.status, DELIVERY_FAILED);
    ck_assert_str_eq(outcome.error, "channel_unavailable");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("channels", every_channel_is_configured_by_its_own_settings,
           the_setting_that_makes_no_sense_is_named,
           a_channel_without_its_setting_is_not_there_and_sends_nothing)
