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

/* An envelope while it is read. */
struct reading {
    const void *arena;
    struct envelope *envelope;
    struct envelope_fault *faults;
};

/* The codes are those of libshared/record/violations.def. */
static const struct wrong {
    const char *code, *detail;
} not_text = {"invalid_text", "is not UTF-8 text without control characters"},
  empty = {"too_short", "must not be empty"},
  not_number = {"wrong_type", "must be a whole number, 0 or more"},
  not_time = {"invalid_time", "must be an RFC 3339 date and time"},
  not_version = {"not_allowed", "must be 1.0"}, not_topic = {"not_allowed", "is no topic's name"},
  not_partition = {"wrong_type", "must be 4 bytes, big-endian, or digits"},
  not_json_mode = {"not_allowed", "of this kind only application/cloudevents+json is read"},
  not_string = {"wrong_type", "must be a string"},
  not_data = {"wrong_type", "must be JSON, not base64"},
  not_object = {"wrong_type", "must be a JSON object without duplicate members"},
  missing = {"required", "is missing"}, twice = {"duplicate", "is given twice, with two values"};

/* One fault a header: the first says the most. */
static void fault(struct reading *reading, const char *header, const struct wrong *wrong)
{
    struct envelope *envelope = reading->envelope;
    for (size_t i = 0; i < envelope->n_faults; i++)
        if (strcmp(reading->faults[i].header, header) == 0)
            return;
    reading->faults =
        mem_grow(reading->arena, reading->faults, struct envelope_fault, envelope->n_faults + 1);
    reading->faults[envelope->n_faults++] =
        (struct envelope_fault){header, wrong->code, wrong->detail};
    envelope->faults = reading->faults;
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

static void read_text(struct reading *reading, const char *name, const struct bus_header *header,
                      const char **ret)
{
    if (header->size == 0)
        fault(reading, name, &empty);
    else if (!is_text(header->value, header->size))
        fault(reading, name, &not_text);
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

static void read_number(struct reading *reading, const char *name, const struct bus_header *header,
                        int64_t *ret)
{
    if (!parse_number(header->value, header->size, INT64_MAX, ret))
        fault(reading, name, &not_number);
}

static void read_id(struct reading *r, const struct bus_header *h)
{
    read_text(r, "ce_id", h, &r->envelope->id);
}

static void read_source(struct reading *r, const struct bus_header *h)
{
    read_text(r, "ce_source", h, &r->envelope->source);
}

static void read_type(struct reading *r, const struct bus_header *h)
{
    read_text(r, "ce_type", h, &r->envelope->type);
}

static void read_subject(struct reading *r, const struct bus_header *h)
{
    read_text(r, "ce_subject", h, &r->envelope->subject);
}

static void read_if_match(struct reading *r, const struct bus_header *h)
{
    read_text(r, "if_match", h, &r->envelope->if_match);
}

static void read_specversion(struct reading *r, const struct bus_header *h)
{
    if (h->size != 3 || memcmp(h->value, "1.0", 3) != 0)
        fault(r, "ce_specversion", &not_version);
}

static void read_time(struct reading *r, const struct bus_header *h)
{
    if (memchr(h->value, '\0', h->size) != NULL || !clock_parse(h->value, &r->envelope->time_ms))
        fault(r, "ce_time", &not_time);
}

static void read_timeout(struct reading *r, const struct bus_header *h)
{
    read_number(r, "timeout_ms", h, &r->envelope->timeout_ms);
}

/* Only copies have it; one that cannot be read is as none. */
static void read_written(struct reading *r, const struct bus_header *h)
{
    (void)parse_number(h->value, h->size, INT64_MAX, &r->envelope->written_ms);
}

static void read_sequence(struct reading *r, const struct bus_header *h)
{
    read_number(r, "ce_sequence", h, &r->envelope->sequence);
}

static void read_status(struct reading *r, const struct bus_header *h)
{
    read_number(r, "status", h, &r->envelope->status);
}

/* W3C Trace Context 3.2.2: a traceparent that cannot be read is as none. */
static void read_traceparent(struct reading *r, const struct bus_header *h)
{
    if (h->size > 0 && is_text(h->value, h->size))
        r->envelope->traceparent = h->value;
}

static void read_correlation(struct reading *r, const struct bus_header *h)
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

static void read_reply_topic(struct reading *r, const struct bus_header *h)
{
    if (h->size == 0)
        return;
    if (!is_topic(h->value, h->size)) {
        fault(r, "kafka_replyTopic", &not_topic);
        return;
    }
    r->envelope->reply_to.topic = h->value;
}

/* Spring sends four bytes, NestJS digits; four digits would be a partition beyond 800 million. */
static void read_reply_partition(struct reading *r, const struct bus_header *h)
{
    int64_t n;
    if (h->size == 0)
        return;
    if (!parse_number(h->value, h->size, INT32_MAX, &n)) {
        const uint8_t *b = h->value;
        if (h->size != 4 || b[0] >= 0x80) {
            fault(r, "kafka_replyPartition", &not_partition);
            r->envelope->reply_to.partition = NO_PARTITION;
            return;
        }
        n = (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
    }
    r->envelope->reply_to.partition = (int32_t)n;
}

static const struct known {
    const char *name;
    void (*read)(struct reading *reading, const struct bus_header *header);
} known[] = {
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
enum { KNOWN = sizeof known / sizeof *known, CONTENT_TYPE = KNOWN, UNKNOWN };

static int index_of(const char *name)
{
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(known[i].name, name) == 0)
            return i;
    return strcasecmp(name, "content-type") == 0 ? CONTENT_TYPE : UNKNOWN;
}

/* Whether the content type says structured mode. */
static bool read_content_type(struct reading *reading, const struct bus_header *header)
{
    static const char events[] = "application/cloudevents";
    const char *type = header->value;

    if (!is_text(type, header->size)) {
        fault(reading, "content-type", &not_text);
        return false;
    }
    if (strncasecmp(type, events, sizeof events - 1) != 0)
        return false;
    type += sizeof events - 1;
    if (strncasecmp(type, "+json", 5) != 0 || (type[5] != '\0' && !strchr("; ", type[5]))) {
        fault(reading, "content-type", &not_json_mode);
        return false;
    }
    return true;
}

/* Proxies and tracers add a traceparent of their own: the last one counts. */
static bool may_repeat(const char *name)
{
    return strcmp(name, "traceparent") == 0 || strcmp(name, ORIGINAL_TIMESTAMP) == 0;
}

static bool same(const struct bus_header *a, const struct bus_header *b)
{
    return a->size == b->size && memcmp(a->value, b->value, a->size) == 0;
}

/* Returns whether the message says that it is in structured mode. */
static bool read_headers(struct reading *reading, const struct bus_message *message)
{
    struct bus_header header, seen[KNOWN + 1] = {0};
    bool structured = false;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++) {
        const int at = index_of(header.name);
        if (header.value == NULL || at == UNKNOWN)
            continue;
        const char *name = at == CONTENT_TYPE ? "content-type" : known[at].name;
        if (seen[at].value != NULL && !may_repeat(name) && !same(&seen[at], &header))
            fault(reading, name, &twice);
        seen[at] = header;
        if (at == CONTENT_TYPE)
            structured = read_content_type(reading, &header);
        else
            known[at].read(reading, &header);
    }
    return structured;
}

/* A member of the structured form, read as the header of binary mode would be. */
static void read_member(struct reading *reading, const json_t *event, const char *member,
                        const char *header)
{
    const json_t *value = json_object_get(event, member);
    const int at = index_of(header);
    if (value == NULL || json_is_null(value))
        return;
    if (json_is_integer(value) && strcmp(member, "sequence") == 0) {
        const char *text =
            mem_printf(reading->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        known[at].read(reading, &(struct bus_header){header, text, strlen(text)});
        return;
    }
    if (!json_is_string(value)) {
        fault(reading, header, &not_string);
        return;
    }
    const size_t size = json_string_length(value);
    const char *text = mem_strndup(reading->arena, json_string_value(value), size);
    known[at].read(reading, &(struct bus_header){header, text, size});
}

static void read_data(struct reading *reading, const json_t *event)
{
    struct envelope *envelope = reading->envelope;
    const json_t *data = json_object_get(event, "data");
    envelope->body = "";
    envelope->body_size = 0;
    if (json_object_get(event, "data_base64") != NULL)
        fault(reading, "data", &not_data);
    if (data == NULL)
        return;
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    const size_t size = json_dumpb(data, NULL, 0, flags);
    char *body = mem_zeroed(reading->arena, size + 1);
    json_dumpb(data, body, size, flags);
    envelope->body = body;
    envelope->body_size = size;
}

static void read_event(struct reading *reading, const json_t *event)
{
    static const struct {
        const char *member, *header;
    } members[] = {
        {"specversion", "ce_specversion"}, {"id", "ce_id"},
        {"source", "ce_source"},           {"type", "ce_type"},
        {"subject", "ce_subject"},         {"time", "ce_time"},
        {"sequence", "ce_sequence"},       {"traceparent", "traceparent"},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        read_member(reading, event, members[i].member, members[i].header);
    read_data(reading, event);
}

static void json_unref(json_t **json)
{
    json_decref(*json);
}

static void read_structured(struct reading *reading)
{
    struct envelope *envelope = reading->envelope;
    _cleanup_(json_unref) json_t *event =
        json_loadb(envelope->body, envelope->body_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(event)) {
        read_event(reading, event);
        return;
    }
    envelope->body = "";
    envelope->body_size = 0;
    fault(reading, "data", &not_object);
}

/* What names no type in a header may be an event whose content type does not say so. */
static void read_unmarked(struct reading *reading)
{
    struct envelope *envelope = reading->envelope;
    _cleanup_(json_unref) json_t *event =
        json_loadb(envelope->body, envelope->body_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_string(json_object_get(event, "specversion")))
        read_event(reading, event);
}

static bool names_type(const struct bus_message *message)
{
    struct bus_header header;
    return bus_message_header(message, "ce_type", &header) && header.value != NULL;
}

static void fill_gaps(struct reading *reading, const struct bus_message *message)
{
    struct envelope *envelope = reading->envelope;
    if (envelope->type == NULL)
        fault(reading, "ce_type", &missing);
    if (envelope->id == NULL) {
        envelope->id =
            mem_printf(reading->arena, "%s/%" PRId32 "/%" PRId64 "/%" PRId64, message->topic,
                       message->partition, message->offset, message->timestamp_ms);
    }
    if (envelope->source == NULL)
        envelope->source = message->topic;
    if (envelope->reply_to.partition == NO_PARTITION)
        envelope->reply_to = (struct envelope_reply_to){
            .partition = -1,
            .correlation = envelope->reply_to.correlation,
            .correlation_size = envelope->reply_to.correlation_size,
        };
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
    struct reading reading = {.arena = arena, .envelope = &envelope};

    if (read_headers(&reading, message))
        read_structured(&reading);
    else if (!names_type(message))
        read_unmarked(&reading);
    fill_gaps(&reading, message);
    *ret_envelope = envelope;
    return envelope.n_faults == 0 ? 0 : -EBADMSG;
}

const char *envelope_faults_text(const void *arena, const struct envelope *envelope)
{
    const char *text = "";
    for (size_t i = 0; i < envelope->n_faults; i++) {
        const struct envelope_fault *one = &envelope->faults[i];
        text = mem_printf(arena, "%s%s%s %s", text, i > 0 ? "; " : "", one->header, one->detail);
    }
    return text;
}

/* Where the header is, or n. */
static size_t place_of(const struct bus_header *headers, size_t n, const char *name)
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
        const size_t at = place_of(copy, n, kept[i].name);
        copy[at < n ? at : (*ret_n)++] =
            (struct bus_header){kept[i].name, kept[i].text, strlen(kept[i].text)};
    }
    return copy;
}
