/* senders: threads that hand messages over, each with a connection of its own that it keeps.
 *
 * libcurl waits in place for a mail server's word on a message, in its multi interface too (tried
 * on 7.88: a server that takes 2 s stops every other transfer for 2 s), so one thread can neither
 * have several e-mails in flight nor serve HTTP meanwhile. A quick server is served best by few;
 * what waits for long has one more. One thread owns the senders: put, take, close. */
#pragma once

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "notify-svc/outcome.h"

struct senders;

/* A message on its way: the owner's, between put and take the senders'. */
struct sending {
    void *arena; /* its own, not shared with anything the owner uses meanwhile */
    const struct delivery_payload *order;
    int64_t wall_ms;
    int64_t put_us; /* monotonic: when it is put */
    struct outcome outcome;
    STAILQ_ENTRY(sending) link;
};

struct senders_config {
    size_t threads;      /* at most */
    size_t few;          /* so many may be sending at once before anything must wait, */
    int64_t patience_us; /* and as many as there are once the first has waited for so long */
    int fd;              /* an eventfd, signalled when there is something to take; borrowed */
    /* Runs on a sender's thread, may block, and sets the outcome. `curl` is reset but for time
     * limits and for what ends it when the senders close. */
    void (*send)(void *context, CURL *curl, struct sending *sending);
    void *context;
};

int senders_open(const void *arena, const struct senders_config *config,
                 struct senders **ret_senders) __attribute__((warn_unused_result));
/* Cuts off what is on its way, within about a second, and forgets what has not begun; nothing can
 * be taken any more. NULL is allowed. */
void senders_close(struct senders *senders);

void senders_put(struct senders *senders, struct sending *sending);
/* One that is over, NULL: none. */
struct sending *senders_take(struct senders *senders);
