/* mail_server: the simulated server that messages are handed over to, of both channels.
 *
 * There is one, in `mail_server`. */
#pragma once

#include "libshared/contract/notification.h"

enum mail_fate_kind {
    MAIL_TAKEN,
    MAIL_REFUSED, /* for now */
    MAIL_CUT,     /* it is taken, and the connection breaks before the server says so */
};
struct mail_fate {
    enum mail_fate_kind kind;
    int64_t before_us, after_us;
};

struct mail_server {
    struct mail_fate (*fate)(void *context);
    /* A message is taken: `hidden` if its sender will not hear of it. */
    void (*taken)(void *context, const struct delivery_payload *order, bool hidden);
    void *context;
};

extern struct mail_server mail_server;
