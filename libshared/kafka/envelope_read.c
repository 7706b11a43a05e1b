#include "libshared/kafka/envelope.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

#define ORIGINAL_TIMESTAMP "original_timestamp_ms"

enum { NO_PARTITION = -2 }; /* while reading: the address is unusable */

static const char not_text[] = "is not UTF-8 text without control characters";
static const char empty[] = "must not be empty";
static const char not_number[] = "must be a whole number, 0 or more";
static const char not_time[] = "must be an RFC 3339 date and time";

static void fault(struct envelope *envelope, const char *header, const char *detail)
{
    if (envelope->fault.header == NULL) {
        envelope->fault.header = header;
        envelope->fault.detail = detail;
    }
}

static bool is_text(const void *value, size_t size)
{
    const uint8_t *p = value;
    for (size_t i = 0; i < size;) {
        if (p[i] < 0x20 || p[i] == 0x7f)
            return false;
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        utf8proc_int32_t point;
        const utf8proc_ssize_t n = utf8proc_iterate(p + i, (utf8proc_ssize_t)(size - i), &point);
        if (n < 1)
            return false;
        i += (size_t)n;
    }
    return true;
}

static void read_text(struct envelope *envelope, const char *name, const struct bus_header *header,
                      const char **ret)
{
    if (header->size == 0)
        fault(envelope, name, empty);
    else if (!is_text(header->value, header->size))
        fault(envelope, name, not_text);
    else
        *ret = header->value;
}

static bool parse_number(const char *text, size_t size, int64_t most, int64_t *ret)
{
    int64_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i]) || n > (most - (text[i] - '0')) / 10)
            return false;
        n = n * 10 + (text[i] - '0');
    }
    if (size == 0)
        return false;
    *ret = n;
    return true;
}

static void read_number(struct envelope *envelope, const char *name,
                        const struct bus_header *header, int64_t *ret)
{
    if (!parse_number(header->value, header->size, INT64_MAX, ret))
        fault(envelope, name, not_number);
}

static void read_id(struct envelope *e, const struct bus_header *h)
{
    read_text(e, "ce_id", h, &e->id);
}

static void read_source(struct envelope *e, const struct bus_header *h)
{
    read_text(e, "ce_source", h, &e->source);
}

static void read_type(struct envelope *e, const struct bus_header *h)
{
    read_text(e, "ce_type", h, &e->type);
}

static void read_subject(struct envelope *e, const struct bus_header *h)
{
    read_text(e, "ce_subject", h, &e->subject);
}

static void read_if_match(struct envelope *e, const struct bus_header *h)
{
    read_text(e, "if_match", h, &e->if_match);
}

static void read_specversion(struct envelope *e, const struct bus_header *h)
{
    if (h->size != 3 || memcmp(h->value, "1.0", 3) != 0)
        fault(e, "ce_specversion", "must be 1.0");
}

static void read_time(struct envelope *e, const struct bus_header *h)
{
    if (memchr(h->value, '\0', h->size) != NULL || !clock_parse(h->value, &e->time_ms))
        fault(e, "ce_time", not_time);
}

static void read_timeout(struct envelope *e, const struct bus_header *h)
{
    read_number(e, "timeout_ms", h, &e->timeout_ms);
}

/* Only copies have it; one that cannot be read is as none. */
static void read_written(struct envelope *e, const struct bus_header *h)
{
    (void)parse_number(h->value, h->size, INT64_MAX, &e->written_ms);
}

static void read_sequence(struct envelope *e, const struct bus_header *h)
{
    read_number(e, "ce_sequence", h, &e->sequence);
}

static void read_status(struct envelope *e, const struct bus_header *h)
{
    read_number(e, "status", h, &e->status);
}

/* W3C Trace Context 3.2.2: a traceparent that cannot be read is as none. */
static void read_traceparent(struct envelope *e, const struct bus_header *h)
{
    if (h->size > 0 && is_text(h->value, h->size))
        e->traceparent = h->value;
}

static void read_correlation(struct envelope *e, const struct bus_header *h)
{
    e->reply_to.correlation = h->value;
    e->reply_to.correlation_size = h->size;
}

static bool is_topic(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && (text[i] == '\0' || !strchr("._-", text[i])))
            return false;
    return size <= 249 && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static void read_reply_topic(struct envelope *e, const struct bus_header *h)
{
    if (h->size == 0)
        return;
    if (!is_topic(h->value, h->size)) {
        fault(e, "kafka_replyTopic", "is no topic's name");
        return;
    }
    e->reply_to.topic = h->value;
}

/* Spring sends four bytes, NestJS digits; four digits would be a partition beyond 800 million. */
static void read_reply_partition(struct envelope *e, const struct bus_header *h)
{
    int64_t n;
    if (h->size == 0)
        return;
    if (!parse_number(h->value, h->size, INT32_MAX, &n)) {
        const uint8_t *b = h->value;
        if (h->size != 4 || b[0] >= 0x80) {
            fault(e, "kafka_replyPartition", "must be 4 bytes, big-endian, or digits");
            e->reply_to.partition = NO_PARTITION;
            return;
        }
        n = (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
    }
    e->reply_to.partition = (int32_t)n;
}

static const struct reading {
    const char *name;
    void (*read)(struct envelope *envelope, const struct bus_header *header);
} readings[] = {
    {"ce_specversion", read_specversion},
    {"ce_id", read_id},
    {"ce_source", read_source},
    {"ce_type", read_type},
    {"ce_subject", read_subject},
    {"ce_time", read_time},
    {"ce_sequence", read_sequence},
    {"traceparent", read_traceparent},
    {"timeout_ms", read_timeout},
    {ORIGINAL_TIMESTAMP, read_written},
    {"if_match", read_if_match},
    {"status", read_status},
    {"kafka_correlationId", read_correlation},
    {"kafka_replyTopic", read_reply_topic},
    {"kafka_replyPartition", read_reply_partition},
};

static void read_header(struct envelope *envelope, const struct bus_header *header)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        if (strcmp(readings[i].name, header->name) == 0) {
            readings[i].read(envelope, header);
            return;
        }
    }
}

/* Whether the content type says structured mode. */
static bool read_content_type(struct envelope *envelope, const struct bus_header *header)
{
    static const char events[] = "application/cloudevents";
    const char *type = header->value;

    if (!is_text(type, header->size)) {
        fault(envelope, "content-type", not_text);
        return false;
    }
    if (strncasecmp(type, events, sizeof events - 1) != 0)
        return false;
    type += sizeof events - 1;
    if (strncasecmp(type, "+json", 5) != 0 || (type[5] != '\0' && !strchr("; ", type[5]))) {
        fault(envelope, "content-type", "of this kind only application/cloudevents+json is read");
        return false;
    }
    return true;
}

/* A member of the structured form, read as the header of binary mode would be. */
static void read_member(const void *arena, struct envelope *envelope, const json_t *event,
                        const char *member, const char *header)
{
    const json_t *value = json_object_get(event, member);
    if (value == NULL || json_is_null(value))
        return;
    if (json_is_integer(value) && strcmp(member, "sequence") == 0) {
        const char *text = mem_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        read_header(envelope, &(struct bus_header){header, text, strlen(text)});
        return;
    }
    if (!json_is_string(value)) {
        fault(envelope, header, "must be a string");
        return;
    }
    const size_t size = json_string_length(value);
    const char *text = mem_strndup(arena, json_string_value(value), size);
    read_header(envelope, &(struct bus_header){header, text, size});
}

static void read_data(const void *arena, struct envelope *envelope, const json_t *event)
{
    const json_t *data = json_object_get(event, "data");
    if (json_object_get(event, "data_base64") != NULL)
        fault(envelope, "data", "must be JSON, not base64");
    if (data == NULL)
        return;
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    const size_t size = json_dumpb(data, NULL, 0, flags);
    char *body = mem_zeroed(arena, size + 1);
    json_dumpb(data, body, size, flags);
    envelope->body = body;
    envelope->body_size = size;
}

static void json_unref(json_t **json)
{
    json_decref(*json);
}

static void read_structured(const void *arena, struct envelope *envelope)
{
    static const struct {
        const char *member, *header;
    } members[] = {
        {"specversion", "ce_specversion"}, {"id", "ce_id"},
        {"source", "ce_source"},           {"type", "ce_type"},
        {"subject", "ce_subject"},         {"time", "ce_time"},
        {"sequence", "ce_sequence"},       {"traceparent", "traceparent"},
    };
    _cleanup_(json_unref) json_t *event =
        json_loadb(envelope->body, envelope->body_size, JSON_REJECT_DUPLICATES, NULL);

    envelope->body = "";
    envelope->body_size = 0;
    if (!json_is_object(event)) {
        fault(envelope, "data", "must be a JSON object without duplicate members");
        return;
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        read_member(arena, envelope, event, members[i].member, members[i].header);
    read_data(arena, envelope, event);
}

static void fill_gaps(const void *arena, const struct bus_message *message,
                      struct envelope *envelope)
{
    if (envelope->type == NULL)
        fault(envelope, "ce_type", "is missing");
    if (envelope->id == NULL) {
        envelope->id = mem_printf(arena, "%s/%" PRId32 "/%" PRId64 "/%" PRId64, message->topic,
                                  message->partition, message->offset, message->timestamp_ms);
    }
    if (envelope->source == NULL)
        envelope->source = message->topic;
}

int envelope_read(const void *arena, const struct bus_message *message,
                  struct envelope *ret_envelope)
{
    struct envelope envelope = {
        .written_ms = message->timestamp_ms,
        .time_ms = message->timestamp_ms,
        .timeout_ms = -1,
        .sequence = -1,
        .status = -1,
        .reply_to.partition = -1,
        .body = message->value != NULL ? message->value : "",
        .body_size = message->value_size,
    };
    struct bus_header header;
    bool structured = false;

    for (size_t i = 0; bus_message_header_at(message, i, &header); i++) {
        if (header.value == NULL)
            continue;
        if (strcasecmp(header.name, "content-type") == 0)
            structured = read_content_type(&envelope, &header);
        else
            read_header(&envelope, &header);
    }
    if (structured)
        read_structured(arena, &envelope);
    fill_gaps(arena, message, &envelope);
    if (envelope.reply_to.partition == NO_PARTITION) {
        envelope.reply_to.topic = NULL;
        envelope.reply_to.partition = -1;
    }
    *ret_envelope = envelope;
    return envelope.fault.header == NULL ? 0 : -EBADMSG;
}

/* Where the header is, or n. */
static size_t index_of(const struct bus_header *headers, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && (headers[i].value == NULL || strcmp(headers[i].name, name) != 0))
        i++;
    return i;
}

struct bus_header *envelope_copy(const void *arena, const struct bus_message *message,
                                 const struct envelope *envelope, size_t *ret_n)
{
    const struct {
        const char *name, *text;
    } kept[] = {{"ce_id", envelope->id},
                {"ce_source", envelope->source},
                {ORIGINAL_TIMESTAMP, mem_printf(arena, "%" PRId64, envelope->written_ms)}};
    enum { KEPT = sizeof kept / sizeof *kept };
    struct bus_header header, *copy;
    size_t n = 0;

    while (bus_message_header_at(message, n, &header))
        n++;
    copy = mem_array(arena, struct bus_header, n + KEPT);
    for (size_t i = 0; i < n; i++)
        (void)bus_message_header_at(message, i, &copy[i]);
    *ret_n = n;
    for (size_t i = 0; i < KEPT; i++) {
        const size_t at = index_of(copy, n, kept[i].name);
        copy[at < n ? at : (*ret_n)++] =
            (struct bus_header){kept[i].name, kept[i].text, strlen(kept[i].text)};
    }
    return copy;
}
