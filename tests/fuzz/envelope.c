/* A message: headers as "name: value" lines, a blank line, the value. It can always be answered and
 * copied, and the copy has the identity of the first. */
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "tests/fuzz/fuzz.h"

#define HEADERS_MAX 50

static const char *line_end(const char *text, const char *end)
{
    const char *found = memchr(text, '\n', (size_t)(end - text));
    return found != NULL ? found : end;
}

/* As of every header, a NUL follows. */
static const void *bytes_of(const void *arena, const char *from, size_t size)
{
    char *bytes = mem_zeroed(arena, size + 1);
    memcpy(bytes, from, size);
    return bytes;
}

static struct bus_header header_of(const void *arena, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const size_t name = colon != NULL ? (size_t)(colon - line) : length;
    struct bus_header header = {.name = mem_strndup(arena, line, name)};
    if (colon != NULL) {
        header.size = length - name - 1;
        header.value = bytes_of(arena, colon + 1, header.size);
    }
    return header;
}

static struct bus_message message_of(const void *arena, const char *text, size_t size)
{
    struct bus_header *headers = mem_array(arena, struct bus_header, HEADERS_MAX);
    struct bus_message message = {
        .topic = "tickets.commands", .offset = 7, .timestamp_ms = 1, .headers = headers};
    const char *end = text + size;
    while (text < end && *text != '\n' && message.n_headers < HEADERS_MAX) {
        const char *stop = line_end(text, end);
        headers[message.n_headers++] = header_of(arena, text, (size_t)(stop - text));
        text = stop < end ? stop + 1 : end;
    }
    text = line_end(text, end);
    if (text < end) {
        message.value = text + 1;
        message.value_size = (size_t)(end - text - 1);
    }
    return message;
}

static void check_copy(const void *arena, const struct bus_message *message,
                       const struct envelope *first)
{
    struct bus_message copy = *message;
    copy.partition = 3;
    copy.offset = 99;
    copy.timestamp_ms = 12345;
    copy.headers = envelope_copy(arena, message, first, &copy.n_headers);
    struct envelope second;
    HOLDS(envelope_read(arena, &copy, &second) == 0);
    HOLDS(strcmp(first->id, second.id) == 0 && strcmp(first->type, second.type) == 0);
    HOLDS(first->written_ms == second.written_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_message message = message_of(arena, (const char *)bytes, size);
    struct envelope envelope;
    const int r = envelope_read(arena, &message, &envelope);
    HOLDS(envelope.id != NULL && envelope.source != NULL);
    if (r == 0) {
        HOLDS(envelope.type != NULL && envelope.body != NULL);
        check_copy(arena, &message, &envelope);
    }
    mem_free(arena);
    return 0;
}
