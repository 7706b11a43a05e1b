/* dead_letters: finds dead letters in Kafka, sends them again, and marks in MongoDB what was done.
 *
 * One connection to each, for one thread at a time; every call blocks, for some seconds at most.
 * Results live in the given arena. Errors:
 *   -ENOENT        there is no such letter, or not any more
 *   -EBADMSG       some of the letter was cut off
 *   -EMSGSIZE      Kafka does not take so large a message any more
 *   -EHOSTUNREACH  Kafka or the database is away: nothing was done
 *   -ETIMEDOUT     it may have been sent; sending it again does no harm */
#pragma once

#include "db-svc/dead_letters/letter_log.h"
#include "libshared/base/settings.h"
#include "libshared/contract/dead_letter.h"

struct dead_letters;

int dead_letters_open(const struct bus_config *bus, const struct settings *settings,
                      struct dead_letters **ret_letters) __attribute__((warn_unused_result));
void dead_letters_close(struct dead_letters *letters); /* NULL is allowed */

/* Reads <topic>/<partition>/<offset>, as a cursor is too. False: it is no such text. */
bool dead_letters_place(const void *arena, const char *text, struct letter_place *ret_place);

struct dead_letter_page {
    struct dead_letter *items;
    size_t n;
    const char *next; /* NULL: that is all */
};
/* A page may have fewer items than asked for, or none, and a next one. -EINVAL: the cursor. */
int dead_letters_list(struct dead_letters *letters, void *arena,
                      const struct dead_letter_query *query, struct dead_letter_page *ret_page)
    __attribute__((warn_unused_result));
int dead_letters_get(struct dead_letters *letters, void *arena, const struct letter_place *place,
                     struct dead_letter *ret_letter) __attribute__((warn_unused_result));
/* Sends it to the topic that it came to, waits until Kafka has it, and marks it. `now`: wall. */
int dead_letters_resend(struct dead_letters *letters, void *arena, const struct letter_place *place,
                        int64_t now, struct dead_letter *ret_letter)
    __attribute__((warn_unused_result));
int dead_letters_discard(struct dead_letters *letters, void *arena,
                         const struct letter_place *place, int64_t now,
                         struct dead_letter *ret_letter) __attribute__((warn_unused_result));

/* {"items": […], "next": …}; the caller owns it. */
json_t *dead_letters_page_json(const struct dead_letter_page *page);
