#include "tickets-svc/fact_position.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *const fact_topics[FACT_TOPICS] = {"events.facts", "tickets.facts", "attendees.facts",
                                              "notifications.facts"};

void fact_position_write(char out[FACT_POSITION_SIZE], const struct fact_position *position)
{
    const int64_t *next = position->next;
    (void)snprintf(out, FACT_POSITION_SIZE, "%" PRId64 "-%" PRId64 "-%" PRId64 "-%" PRId64, next[0],
                   next[1], next[2], next[3]);
}

bool fact_position_read(const char *text, struct fact_position *ret_position)
{
    struct fact_position position;
    for (int i = 0; i < FACT_TOPICS; i++) {
        char *end;
        if (!isdigit((unsigned char)*text))
            return false;
        errno = 0;
        position.next[i] = strtoll(text, &end, 10);
        if (errno != 0 || *end != (i < FACT_TOPICS - 1 ? '-' : '\0'))
            return false;
        text = end + 1;
    }
    *ret_position = position;
    return true;
}
