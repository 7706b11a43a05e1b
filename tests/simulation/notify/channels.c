/* notify-svc/channels.h over the simulated server. */
#include "notify-svc/channels.h"

#include "tests/simulation/notify/mail_server.h"
#include "tests/simulation/world/world.h"

struct mail_server mail_server;

int channels_configure(const void *arena, const struct settings *settings,
                       struct channels *ret_channels, const char **ret_setting)
{
    (void)arena;
    (void)settings;
    (void)ret_setting;
    *ret_channels = (struct channels){.sender = "tickets@example.org"};
    return 0;
}

bool channels_available(const struct settings *settings, enum channel channel)
{
    (void)settings;
    (void)channel;
    return true;
}

int64_t channels_rate(const struct settings *settings, enum channel channel)
{
    (void)settings;
    (void)channel;
    return 0;
}

struct outcome channels_send(const void *arena, const struct channels *channels, CURL *curl,
                             const struct delivery_payload *order, const struct picture *picture,
                             int64_t wall_ms)
{
    (void)arena;
    (void)picture;
    (void)channels;
    (void)curl;
    (void)wall_ms;
    const struct mail_fate fate = mail_server.fate(mail_server.context);
    world_call("hand over");
    world_wait(fate.before_us);
    if (fate.kind != MAIL_REFUSED)
        mail_server.taken(mail_server.context, order, fate.kind == MAIL_CUT);
    world_call("handed over");
    world_wait(fate.after_us);
    if (fate.kind == MAIL_TAKEN)
        return (struct outcome){.status = DELIVERY_SENT, .provider_id = "simulated"};
    return (struct outcome){.status = DELIVERY_QUEUED,
                            .error =
                                fate.kind == MAIL_CUT ? "connection_lost" : "mail_server_busy"};
}
