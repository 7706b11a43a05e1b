/* channels: how each channel is configured and sends; the one place in notify-svc that knows them.
 *
 * Any thread; constant once made. */
#pragma once

#include <curl/curl.h>
#include <stdio.h>

#include "libshared/base/settings.h"
#include "libshared/picture/picture.h"
#include "notify-svc/outcome.h"

struct channels {
    const void *configs[CHANNELS];
    const char *sender; /* the address that e-mails come from */
};

/* Tells on `errors` which settings make no sense, of each channel the first. False: one does not.
 */
bool channels_check(const struct settings *settings, FILE *errors);

/* In the arena. -EINVAL: a setting makes no sense, and *ret_setting says which. */
int channels_configure(const void *arena, const struct settings *settings,
                       struct channels *ret_channels, const char **ret_setting)
    __attribute__((warn_unused_result));

/* Whether this installation sends by the channel at all. */
bool channels_available(const struct settings *settings, enum channel channel);
/* Messages a second; 0: no limit. */
int64_t channels_rate(const struct settings *settings, enum channel channel);

/* `picture`: the event's, for channels that show one; NULL: none. Blocks until it is over. `curl`
 * has its limits set; its connection is used again. Results live in the arena. */
struct outcome channels_send(const void *arena, const struct channels *channels, CURL *curl,
                             const struct delivery_payload *order, const struct picture *picture,
                             int64_t wall_ms);
