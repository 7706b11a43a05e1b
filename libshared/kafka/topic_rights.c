#include "libshared/kafka/topic_rights.h"

#include <stdatomic.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"

enum { MISSING_MS = 10000 };

struct right {
    const char *topic, *operation, *sentence;
};

struct topic_rights {
    struct right *rights;
    size_t n;
    _Atomic(const struct right *) missing; /* the last one; NULL: none was */
    _Atomic int64_t missing_until;
};

struct topic_rights *topic_rights_new(const void *arena, const char *read, const char *const *write,
                                      size_t n_write)
{
    struct topic_rights *rights = mem_new(arena, struct topic_rights);
    rights->n = n_write + 1;
    rights->rights = mem_array(arena, struct right, rights->n);
    for (size_t i = 0; i < rights->n; i++) {
        struct right *right = &rights->rights[i];
        right->topic = i < n_write ? write[i] : read;
        right->operation = i < n_write ? "Write" : "Read";
        right->sentence = mem_printf(arena, "Kafka gives no right to %s on topic %s",
                                     right->operation, right->topic);
    }
    return rights;
}

void topic_rights_note_missing(struct topic_rights *rights, const char *topic, int64_t now_ms)
{
    for (size_t i = 0; i < rights->n; i++) {
        const struct right *right = &rights->rights[i];
        if (strcmp(right->topic, topic) != 0)
            continue;
        if (rights->missing != right || now_ms > rights->missing_until)
            log_error("kafka.not_authorized", LOG_STR("topic", topic),
                      LOG_STR("right", right->operation));
        rights->missing = right;
        rights->missing_until = now_ms + MISSING_MS;
    }
}

const char *topic_rights_missing(const struct topic_rights *rights, int64_t now_ms)
{
    const struct right *missing = rights->missing;
    return missing != NULL && now_ms < rights->missing_until ? missing->sentence : NULL;
}
