#include "libshared/kafka/envelope.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope_header.h"

static const struct envelope_violation missing = {"required", "is missing"},
                                       twice = {"duplicate", "is given twice, with two values"};

/* Proxies and tracers add a traceparent of their own: the last one counts. */
static bool may_repeat(const char *name)
{
    return strcmp(name, "traceparent") == 0 || strcmp(name, ENVELOPE_ORIGINAL_TIMESTAMP) == 0;
}

static bool same(const struct bus_header *a, const struct bus_header *b)
{
    return a->size == b->size && memcmp(a->value, b->value, a->size) == 0;
}

static void read_headers(struct envelope_reader *reader, const struct bus_message *message)
{
    struct bus_header header, seen[ENVELOPE_KNOWN_HEADERS] = {0};
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++) {
        const int at = envelope_header_find(header.name);
        if (header.value == NULL || at < 0)
            continue;
        const char *name = envelope_header_name(at);
        if (seen[at].value != NULL && !may_repeat(name) && !same(&seen[at], &header))
            envelope_fault_add(reader, name, &twice);
        seen[at] = header;
        envelope_header_read(reader, at, &header);
    }
}

static bool names_type(const struct bus_message *message)
{
    struct bus_header header;
    return bus_message_header(message, "ce_type", &header) && header.value != NULL;
}

static void fill_gaps(struct envelope_reader *reader, const struct bus_message *message)
{
    struct envelope *envelope = reader->envelope;
    if (envelope->type == NULL)
        envelope_fault_add(reader, "ce_type", &missing);
    if (envelope->id == NULL) {
        envelope->id =
            mem_printf(reader->arena, "%s/%" PRId32 "/%" PRId64 "/%" PRId64, message->topic,
                       message->partition, message->offset, message->timestamp_ms);
    }
    if (envelope->source == NULL)
        envelope->source = message->topic;
    if (envelope->reply_to.partition == ENVELOPE_NO_PARTITION)
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
    struct envelope_reader reader = {.arena = arena, .envelope = &envelope};

    read_headers(&reader, message);
    if (reader.structured)
        envelope_read_structured(&reader);
    else if (!names_type(message))
        envelope_read_unmarked(&reader);
    fill_gaps(&reader, message);
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
