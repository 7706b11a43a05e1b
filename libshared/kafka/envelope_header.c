#include "libshared/kafka/envelope_header.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"

static const struct envelope_violation
    not_text = {"invalid_text", "is not UTF-8 text without control characters"},
    empty = {"too_short", "must not be empty"},
    not_number = {"wrong_type", "must be a whole number, 0 or more"},
    not_time = {"invalid_time", "must be an RFC 3339 date and time"},
    not_version = {"not_allowed", "must be 1.0"}, not_topic = {"not_allowed", "is no topic's name"},
    not_partition = {"wrong_type", "must be 4 bytes, big-endian, or digits"},
    not_json_mode = {"not_allowed", "of this kind only application/cloudevents+json is read"};

void envelope_fault_add(struct envelope_reader *reader, const char *header,
                        const struct envelope_violation *violation)
{
    struct envelope *envelope = reader->envelope;
    for (size_t i = 0; i < envelope->n_faults; i++)
        if (strcmp(reader->faults[i].header, header) == 0)
            return;
    reader->faults =
        mem_grow(reader->arena, reader->faults, struct envelope_fault, envelope->n_faults + 1);
    reader->faults[envelope->n_faults++] =
        (struct envelope_fault){header, violation->code, violation->detail};
    envelope->faults = reader->faults;
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

static void read_text(struct envelope_reader *reader, const char *name,
                      const struct bus_header *header, const char **ret)
{
    if (header->size == 0)
        envelope_fault_add(reader, name, &empty);
    else if (!is_text(header->value, header->size))
        envelope_fault_add(reader, name, &not_text);
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

static void read_number(struct envelope_reader *reader, const char *name,
                        const struct bus_header *header, int64_t *ret)
{
    if (!parse_number(header->value, header->size, INT64_MAX, ret))
        envelope_fault_add(reader, name, &not_number);
}

static void read_id(struct envelope_reader *r, const struct bus_header *h)
{
    read_text(r, "ce_id", h, &r->envelope->id);
}

static void read_source(struct envelope_reader *r, const struct bus_header *h)
{
    read_text(r, "ce_source", h, &r->envelope->source);
}

static void read_type(struct envelope_reader *r, const struct bus_header *h)
{
    read_text(r, "ce_type", h, &r->envelope->type);
}

static void read_subject(struct envelope_reader *r, const struct bus_header *h)
{
    read_text(r, "ce_subject", h, &r->envelope->subject);
}

static void read_if_match(struct envelope_reader *r, const struct bus_header *h)
{
    read_text(r, "if_match", h, &r->envelope->if_match);
}

static void read_specversion(struct envelope_reader *r, const struct bus_header *h)
{
    if (h->size != 3 || memcmp(h->value, "1.0", 3) != 0)
        envelope_fault_add(r, "ce_specversion", &not_version);
}

static void read_time(struct envelope_reader *r, const struct bus_header *h)
{
    if (memchr(h->value, '\0', h->size) != NULL || !clock_parse(h->value, &r->envelope->time_ms))
        envelope_fault_add(r, "ce_time", &not_time);
}

static void read_timeout(struct envelope_reader *r, const struct bus_header *h)
{
    read_number(r, "timeout_ms", h, &r->envelope->timeout_ms);
}

/* Only copies have it; one that cannot be read is as none. */
static void read_written(struct envelope_reader *r, const struct bus_header *h)
{
    (void)parse_number(h->value, h->size, INT64_MAX, &r->envelope->written_ms);
}

static void read_sequence(struct envelope_reader *r, const struct bus_header *h)
{
    read_number(r, "ce_sequence", h, &r->envelope->sequence);
}

static void read_status(struct envelope_reader *r, const struct bus_header *h)
{
    read_number(r, "status", h, &r->envelope->status);
}

/* W3C Trace Context 3.2.2: a traceparent that cannot be read is as none. */
static void read_traceparent(struct envelope_reader *r, const struct bus_header *h)
{
    if (h->size > 0 && is_text(h->value, h->size))
        r->envelope->traceparent = h->value;
}

static void read_correlation(struct envelope_reader *r, const struct bus_header *h)
{
    r->envelope->reply_to.correlation = h->value;
    r->envelope->reply_to.correlation_size = h->size;
}

static bool is_topic(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && (text[i] == '\0' || !strchr("._-", text[i])))
            return false;
    return size <= 249 && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static void read_reply_topic(struct envelope_reader *r, const struct bus_header *h)
{
    if (h->size == 0)
        return;
    if (!is_topic(h->value, h->size)) {
        envelope_fault_add(r, "kafka_replyTopic", &not_topic);
        return;
    }
    r->envelope->reply_to.topic = h->value;
}

/* Spring sends four bytes, NestJS digits; four digits would be a partition beyond 800 million. */
static void read_reply_partition(struct envelope_reader *r, const struct bus_header *h)
{
    int64_t n;
    if (h->size == 0)
        return;
    if (!parse_number(h->value, h->size, INT32_MAX, &n)) {
        const uint8_t *b = h->value;
        if (h->size != 4 || b[0] >= 0x80) {
            envelope_fault_add(r, "kafka_replyPartition", &not_partition);
            r->envelope->reply_to.partition = ENVELOPE_NO_PARTITION;
            return;
        }
        n = (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
    }
    r->envelope->reply_to.partition = (int32_t)n;
}

static void read_content_type(struct envelope_reader *r, const struct bus_header *h)
{
    static const char events[] = "application/cloudevents";
    const char *type = h->value;

    r->structured = false;
    if (!is_text(type, h->size)) {
        envelope_fault_add(r, "content-type", &not_text);
        return;
    }
    if (strncasecmp(type, events, sizeof events - 1) != 0)
        return;
    type += sizeof events - 1;
    if (strncasecmp(type, "+json", 5) != 0 || (type[5] != '\0' && !strchr("; ", type[5]))) {
        envelope_fault_add(r, "content-type", &not_json_mode);
        return;
    }
    r->structured = true;
}

#define HEADER(name, read)                                                                         \
    {                                                                                              \
        (name), sizeof(name) - 1, (read)                                                           \
    }
static const struct {
    const char *name;
    size_t length; /* few have the same, and most begin alike */
    void (*read)(struct envelope_reader *reader, const struct bus_header *header);
} known[ENVELOPE_KNOWN_HEADERS] = {
    HEADER("ce_specversion", read_specversion),
    HEADER("ce_id", read_id),
    HEADER("ce_source", read_source),
    HEADER("ce_type", read_type),
    HEADER("ce_subject", read_subject),
    HEADER("ce_time", read_time),
    HEADER("ce_sequence", read_sequence),
    HEADER("traceparent", read_traceparent),
    HEADER("timeout_ms", read_timeout),
    HEADER(ENVELOPE_ORIGINAL_TIMESTAMP, read_written),
    HEADER("if_match", read_if_match),
    HEADER("status", read_status),
    HEADER("kafka_correlationId", read_correlation),
    HEADER("kafka_replyTopic", read_reply_topic),
    HEADER("kafka_replyPartition", read_reply_partition),
    HEADER("content-type", read_content_type),
};

int envelope_header_find(const char *name)
{
    const size_t length = strlen(name);
    for (int i = 0; i < ENVELOPE_KNOWN_HEADERS; i++)
        if (known[i].length == length && memcmp(known[i].name, name, length) == 0)
            return i;
    return strcasecmp(name, "content-type") == 0 ? ENVELOPE_KNOWN_HEADERS - 1 : -1;
}

const char *envelope_header_name(int at)
{
    return known[at].name;
}

void envelope_header_read(struct envelope_reader *reader, int at, const struct bus_header *header)
{
    known[at].read(reader, header);
}
