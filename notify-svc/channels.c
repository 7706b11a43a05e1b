#include "notify-svc/channels.h"

#include "libshared/base/mem.h"
#include "notify-svc/email.h"
#include "notify-svc/sms.h"

struct transport {
    int (*configure)(const void *arena, const struct settings *settings, const void **ret_config,
                     const char **ret_setting);
    struct outcome (*send)(const void *arena, const void *config, CURL *curl,
                           const struct delivery_payload *order, const struct picture *picture,
                           int64_t wall_ms);
    bool (*available)(const struct settings *settings); /* NULL: always */
    size_t rate;                                        /* the setting's offset */
};

static int configure_email(const void *arena, const struct settings *settings,
                           const void **ret_config, const char **ret_setting)
{
    struct email_config *config = mem_new(arena, struct email_config);
    *ret_config = config;
    return email_configure(arena, settings, config, ret_setting);
}

static struct outcome send_email(const void *arena, const void *config, CURL *curl,
                                 const struct delivery_payload *order,
                                 const struct picture *picture, int64_t wall_ms)
{
    return email_send(arena, config, curl, order, picture, wall_ms);
}

static int configure_sms(const void *arena, const struct settings *settings,
                         const void **ret_config, const char **ret_setting)
{
    struct sms_config *config = mem_new(arena, struct sms_config);
    *ret_config = config;
    *ret_setting = "SMS_URL";
    return sms_configure(arena, settings, config);
}

static struct outcome send_sms(const void *arena, const void *config, CURL *curl,
                               const struct delivery_payload *order, const struct picture *picture,
                               int64_t wall_ms)
{
    (void)picture;
    (void)wall_ms;
    return sms_send(arena, config, curl, order);
}

static const struct transport transports[CHANNELS] = {
    [CHANNEL_EMAIL] = {configure_email, send_email, .rate = offsetof(struct settings, email_rate)},
    [CHANNEL_SMS] = {configure_sms, send_sms, sms_available, offsetof(struct settings, sms_rate)},
};

bool channels_check(const struct settings *settings, FILE *errors)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    bool right = true;
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++) {
        const char *setting = NULL;
        const void *config;
        if (transports[channel].configure(arena, settings, &config, &setting) == 0)
            continue;
        fprintf(errors, "%s: it cannot be used; expected: %s\n", setting,
                settings_help_of(setting));
        right = false;
    }
    return right;
}

int channels_configure(const void *arena, const struct settings *settings,
                       struct channels *ret_channels, const char **ret_setting)
{
    struct channels made = {0};
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++) {
        int r = transports[channel].configure(arena, settings, &made.configs[channel], ret_setting);
        if (r < 0)
            return r;
    }
    made.sender = ((const struct email_config *)made.configs[CHANNEL_EMAIL])->sender;
    *ret_channels = made;
    return 0;
}

bool channels_available(const struct settings *settings, enum channel channel)
{
    return transports[channel].available == NULL || transports[channel].available(settings);
}

int64_t channels_rate(const struct settings *settings, enum channel channel)
{
    return *(const int64_t *)((const char *)settings + transports[channel].rate);
}

struct outcome channels_send(const void *arena, const struct channels *of, CURL *curl,
                             const struct delivery_payload *order, const struct picture *picture,
                             int64_t wall_ms)
{
    return transports[order->channel].send(arena, of->configs[order->channel], curl, order, picture,
                                           wall_ms);
}
