#include "db-svc/dead_letters/resend.h"

#include <string.h>

#include "db-svc/dead_letters/view.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"

static size_t drop(struct bus_header *headers, size_t n, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(headers[i].name, name) != 0)
            headers[kept++] = headers[i];
    return kept;
}

void resend_form(void *arena, const struct bus_message *letter, struct bus_record *ret_record)
{
    struct bus_message *original = mem_new(arena, struct bus_message);
    struct envelope *envelope = mem_new(arena, struct envelope);
    view_original(arena, letter, original);
    (void)!envelope_read(arena, original, envelope);
    *ret_record = (struct bus_record){.topic = original->topic,
                                      .partition = letter->partition,
                                      .key = letter->key,
                                      .key_size = letter->key_size,
                                      .value = letter->value,
                                      .value_size = letter->value_size};
    struct bus_header *headers = envelope_copy(arena, original, envelope, &ret_record->n_headers);
    ret_record->n_headers = drop(headers, ret_record->n_headers, "timeout_ms");
    ret_record->headers = headers;
}
