/* refused_alike: one answer for all who are refused alike.
 *
 * A crowd that asks for what is sold out would have each of its requests sent, decided, committed
 * and answered, to hear the same. So while a kind of request is refused whoever asks, one of them
 * is under way, and the others wait. Its answer is given to those who had come before it was sent:
 * it was decided after each of them asked, and would have been the same for each. Then one of those
 * who came since is sent. Any other answer, and all who wait are sent by themselves.
 *
 * One thread. Nothing is called back but from the functions that tell of an answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct refused_alike;
struct refused_kind;

/* One who asks; `context` is its owner's, the rest zeroed at first. It stays where it is until it
 * is answered. */
struct asker {
    void *context;
    struct refused_kind *kind; /* others wait for its answer; NULL: nobody does */
    TAILQ_ENTRY(asker) link;
};

/* What becomes of who waits. May begin with refused_alike_wait() or tell of an answer at once. */
struct refused_alike_calls {
    /* It asks by itself. False: it does not any more, and needs no answer. */
    bool (*send)(struct asker *asker);
    void (*refuse)(struct asker *asker, const void *answer);
    void (*give_up)(struct asker *asker); /* another was asked for it and had no answer */
};

/* `calls` is borrowed. At most so many wait at once: more are sent. Freed with its arena. */
struct refused_alike *refused_alike_new(const void *arena, const struct refused_alike_calls *calls,
                                        size_t max_waiting);
/* Whether there is any kind that was last refused. */
bool refused_alike_any(const struct refused_alike *refused);
/* Two ask alike if they are of one kind: any text. True: it waits. False: it is to be sent. */
bool refused_alike_wait(struct refused_alike *refused, const char *kind, struct asker *asker)
    __attribute__((warn_unused_result));
/* One that was sent was refused whoever asks. `kind` may be NULL if the asker has one. `answer` is
 * what `refuse` is called with. */
void refused_alike_refused(struct refused_alike *refused, struct asker *asker, const char *kind,
                           const void *answer);
/* One that was sent was answered in any other way. */
void refused_alike_answered(struct refused_alike *refused, struct asker *asker);
/* One that was sent had no answer. */
void refused_alike_lost(struct refused_alike *refused, struct asker *asker);
