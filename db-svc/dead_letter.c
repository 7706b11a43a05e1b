#include "db-svc/dead_letter.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

/* Room for what is added, and for the frame of a record. */
#define ADDED_BYTES 2048
#define SMALL_BYTES 1024 /* headers of a cut message are no larger */
#define SMALL_HEADERS 32 /* nor more */

struct forming {
    void *arena;
    const struct bus_message *message;
    struct bus_header *headers;
    size_t n;
};

static void add(struct forming *forming, const char *name, const char *text)
{
    forming->headers =
        mem_grow(forming->arena, forming->headers, struct bus_header, forming->n + 1);
    forming->headers[forming->n++] =
        (struct bus_header){.name = name, .value = text, .size = strlen(text)};
}

static void add_number(struct forming *forming, const char *name, int64_t number)
{
    add(forming, name, mem_printf(forming->arena, "%lld", (long long)number));
}

static size_t size_of(const struct bus_message *message)
{
    struct bus_header header;
    size_t size = message->key_size + message->value_size + ADDED_BYTES;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++)
        size += strlen(header.name) + header.size + 2 * sizeof(int64_t);
    return size;
}

static void copy_headers(struct forming *forming, bool cut)
{
    struct bus_header header;
    for (size_t i = 0; bus_message_header_at(forming->message, i, &header); i++) {
        if (cut && (strlen(header.name) + header.size > SMALL_BYTES || forming->n >= SMALL_HEADERS))
            continue;
        forming->headers =
            mem_grow(forming->arena, forming->headers, struct bus_header, forming->n + 1);
        forming->headers[forming->n++] = header;
    }
}

static const char *sha256(void *arena, const struct bus_message *message)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char *hex = mem_zeroed(arena, 2 * sizeof hash + 1);
    crypto_hash_sha256(hash, message->value, message->value_size);
    text_hex(hex, hash, sizeof hash);
    return hex;
}

static void say_why(struct forming *forming, const char *why)
{
    const struct bus_message *message = forming->message;
    add(forming, "kafka_dlt-original-topic", message->topic);
    add_number(forming, "kafka_dlt-original-partition", message->partition);
    add_number(forming, "kafka_dlt-original-offset",
               message->unreadable != NULL ? message->lost_from : message->offset);
    add_number(forming, "kafka_dlt-original-timestamp", message->timestamp_ms);
    add(forming, "kafka_dlt-exception-fqcn", "db-svc.Unreadable");
    add(forming, "kafka_dlt-exception-message", why);
}

void dead_letter_form(void *arena, const struct bus_message *message, const char *why,
                      struct bus_record *ret_record)
{
    struct forming forming = {.arena = arena, .message = message};
    bool cut = size_of(message) > DEAD_LETTER_BYTES;
    copy_headers(&forming, cut);
    say_why(&forming, why);
    if (cut) {
        add_number(&forming, "kafka_dlt-original-size", (int64_t)message->value_size);
        add(&forming, "kafka_dlt-original-sha256", sha256(arena, message));
    }
    bool has_key = !cut || message->key_size <= SMALL_BYTES;
    *ret_record = (struct bus_record){.topic = mem_printf(arena, "%s-dlt", message->topic),
                                      .partition = message->partition,
                                      .key = has_key ? message->key : NULL,
                                      .key_size = has_key ? message->key_size : 0,
                                      .value = message->value,
                                      .value_size = cut && message->value_size > DEAD_LETTER_CUT
                                                        ? DEAD_LETTER_CUT
                                                        : message->value_size,
                                      .headers = forming.headers,
                                      .n_headers = forming.n};
}
