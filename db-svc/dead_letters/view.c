#include "db-svc/dead_letters/view.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"

#define PREFIX "kafka_dlt-"
#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* --- Text and bytes --- */

static bool has_controls(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)bytes[i] < 0x20 && (bytes[i] == '\0' || !strchr("\t\r\n", bytes[i])))
            return true;
    return false;
}

/* NULL: the bytes are no text. */
static const char *text_of(void *arena, const void *bytes, size_t size)
{
    if (bytes == NULL || has_controls(bytes, size))
        return NULL;
    json_t *text = json_stringn(bytes, size);
    const bool is_text = text != NULL;
    json_decref(text);
    return is_text ? mem_strndup(arena, bytes, size) : NULL;
}

static const char *base64_of(void *arena, const void *bytes, size_t size)
{
    if (bytes == NULL)
        return NULL;
    const size_t room = sodium_base64_encoded_len(size, BASE64);
    return sodium_bin2base64(mem_zeroed(arena, room), room, bytes, size, BASE64);
}

static const char *header_text(void *arena, const struct bus_message *letter, const char *name)
{
    struct bus_header header;
    return bus_message_header(letter, name, &header) ? text_of(arena, header.value, header.size)
                                                     : NULL;
}

static struct opt_int64 header_number(void *arena, const struct bus_message *letter,
                                      const char *name)
{
    const char *text = header_text(arena, letter, name);
    char *end = NULL;
    const long long number = text != NULL ? strtoll(text, &end, 10) : -1;
    return (struct opt_int64){.set = number >= 0 && end != text && *end == '\0', .value = number};
}

/* --- The message as it came --- */

static struct bus_header *headers_of(void *arena, const struct bus_message *letter, bool original,
                                     size_t *ret_n)
{
    struct bus_header header, *headers = NULL;
    size_t n = 0;
    for (size_t i = 0; bus_message_header_at(letter, i, &header); i++) {
        if (original && strncmp(header.name, PREFIX, strlen(PREFIX)) == 0)
            continue;
        headers = mem_grow(arena, headers, struct bus_header, n + 1);
        headers[n++] = header;
    }
    *ret_n = n;
    return headers;
}

static const char *original_topic(void *arena, const struct bus_message *letter)
{
    const size_t size = strlen(letter->topic), suffix = strlen(DEAD_LETTER_SUFFIX);
    return mem_strndup(arena, letter->topic, size > suffix ? size - suffix : 0);
}

void view_original(void *arena, const struct bus_message *letter, struct bus_message *ret_original)
{
    const struct opt_int64 partition = header_number(arena, letter, PREFIX "original-partition"),
                           offset = header_number(arena, letter, PREFIX "original-offset"),
                           at = header_number(arena, letter, PREFIX "original-timestamp");
    *ret_original = (struct bus_message){.topic = original_topic(arena, letter),
                                         .partition = partition.set ? (int32_t)partition.value
                                                                    : letter->partition,
                                         .offset = offset.set ? offset.value : letter->offset,
                                         .timestamp_ms = at.set ? at.value : letter->timestamp_ms,
                                         .key = letter->key,
                                         .key_size = letter->key_size,
                                         .value = letter->value,
                                         .value_size = letter->value_size};
    ret_original->headers = headers_of(arena, letter, true, &ret_original->n_headers);
}

bool view_is_truncated(const struct bus_message *letter)
{
    struct bus_header header;
    return letter->value == NULL || bus_message_header(letter, PREFIX "original-size", &header);
}

/* --- What is shown --- */

static void show_whole(void *arena, const struct bus_message *letter,
                       struct dead_letter *ret_letter)
{
    size_t n;
    const struct bus_header *headers = headers_of(arena, letter, false, &n);
    ret_letter->headers.at = mem_array(arena, struct dead_letter_header, n);
    ret_letter->headers.n = n;
    for (size_t i = 0; i < n; i++) {
        struct dead_letter_header *shown = &ret_letter->headers.at[i];
        shown->name = text_of(arena, headers[i].name, strlen(headers[i].name));
        shown->name = shown->name != NULL ? shown->name : "";
        shown->value = text_of(arena, headers[i].value, headers[i].size);
        if (shown->value == NULL)
            shown->value_base64 = base64_of(arena, headers[i].value, headers[i].size);
    }
    ret_letter->value = text_of(arena, letter->value, letter->value_size);
    if (ret_letter->value == NULL)
        ret_letter->value_base64 = base64_of(arena, letter->value, letter->value_size);
}

static void show_identity(void *arena, const struct bus_message *letter,
                          struct dead_letter *ret_letter)
{
    struct bus_message original;
    struct envelope envelope;
    view_original(arena, letter, &original);
    (void)!envelope_read(arena, &original, &envelope);
    /* What borrows from the letter does not live as long. */
    ret_letter->type = mem_strdup(arena, envelope.type);
    ret_letter->id = mem_strdup(arena, envelope.id);
    ret_letter->source = mem_strdup(arena, envelope.source);
}

void view_letter(void *arena, const struct bus_message *letter, bool whole,
                 struct dead_letter *ret_letter)
{
    const struct opt_int64 at = header_number(arena, letter, PREFIX "original-timestamp");
    *ret_letter = (struct dead_letter){
        .topic = mem_strdup(arena, letter->topic),
        .partition = letter->partition,
        .offset = letter->offset,
        .at = letter->timestamp_ms,
        .status = DEAD_LETTER_OPEN,
        .reason = header_text(arena, letter, PREFIX "exception-message"),
        .key = text_of(arena, letter->key, letter->key_size),
        .original_topic = header_text(arena, letter, PREFIX "original-topic"),
        .original_partition = header_number(arena, letter, PREFIX "original-partition"),
        .original_offset = header_number(arena, letter, PREFIX "original-offset"),
        .original_at = {.set = at.set, .ms = at.value},
        .size = (int64_t)letter->value_size,
        .truncated = view_is_truncated(letter),
    };
    show_identity(arena, letter, ret_letter);
    if (whole)
        show_whole(arena, letter, ret_letter);
}
