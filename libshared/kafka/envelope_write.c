#include "libshared/kafka/envelope.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/kafka/envelope_header.h"

static void add_bytes(struct envelope_headers *out, const char *name, const void *value,
                      size_t size)
{
    assert(out->n < ENVELOPE_HEADERS);
    out->list[out->n++] = (struct bus_header){name, value, size};
}

void envelope_add(struct envelope_headers *out, const char *name, const char *value)
{
    if (value != NULL)
        add_bytes(out, name, value, strlen(value));
}

static void add_number(struct envelope_headers *out, const char *name, int64_t n)
{
    char *text = out->scratch + out->used;
    assert(sizeof out->scratch - out->used >= TEXT_NUMBER);
    const size_t size = text_number(text, n);
    out->used += size + 1;
    add_bytes(out, name, text, size);
}

/* CloudEvents' own attributes. */
static void begin(struct envelope_headers *out, const char *type, const char *id,
                  const char *source, int64_t time_ms)
{
    out->n = 0;
    out->used = CLOCK_TEXT_SIZE;
    clock_format(out->scratch, time_ms);
    envelope_add(out, "ce_specversion", "1.0");
    envelope_add(out, "ce_type", type);
    envelope_add(out, "ce_id", id);
    envelope_add(out, "ce_source", source);
    envelope_add(out, "ce_time", out->scratch);
}

void envelope_write_command(struct envelope_headers *out, const struct envelope_command *command)
{
    const struct envelope_reply_to *to = &command->reply_to;

    begin(out, command->type, command->id, command->source, command->time_ms);
    envelope_add(out, "ce_subject", command->subject);
    envelope_add(out, "content-type",
                 command->content_type != NULL ? command->content_type : "application/json");
    envelope_add(out, "traceparent", command->traceparent);
    envelope_add(out, "if_match", command->if_match);
    if (command->timeout_ms >= 0)
        add_number(out, "timeout_ms", command->timeout_ms);
    envelope_add(out, "kafka_replyTopic", to->topic);
    if (to->topic != NULL && to->partition >= 0)
        add_number(out, "kafka_replyPartition", to->partition);
    if (to->correlation != NULL)
        add_bytes(out, "kafka_correlationId", to->correlation, to->correlation_size);
}

/* `<type>.reply`, in the scratch; a type too long to be one of ours is cut. */
static const char *reply_type(struct envelope_headers *out, const char *type)
{
    char *text = out->scratch + CLOCK_TEXT_SIZE;
    out->used += (size_t)snprintf(text, 80, "%.64s.reply", type) + 1;
    return text;
}

void envelope_write_reply(struct envelope_headers *out, const struct envelope_reply *reply)
{
    const bool problem = reply->status >= 400;

    begin(out, reply->type, reply->id, reply->source, reply->time_ms);
    out->list[1].value = reply_type(out, reply->type);
    out->list[1].size = strlen(out->list[1].value);
    envelope_add(out, "content-type", problem ? "application/problem+json" : "application/json");
    if (reply->correlation != NULL)
        add_bytes(out, "kafka_correlationId", reply->correlation, reply->correlation_size);
    add_number(out, "status", reply->status);
    envelope_add(out, "kafka_nest-is-disposed", "true");
    envelope_add(out, "traceparent", reply->traceparent);
    envelope_add(out, "stock", reply->stock);
    envelope_add(out, "any_buyer", reply->any_buyer ? "true" : NULL);
    envelope_add(out, "etag", reply->etag);
    envelope_add(out, "location", reply->location);
    envelope_add(out, "kafka_nest-err", problem ? reply->problem : NULL);
}

void envelope_write_fact(struct envelope_headers *out, const struct envelope_fact *fact)
{
    begin(out, fact->type, fact->id, fact->source, fact->time_ms);
    envelope_add(out, "ce_subject", fact->subject);
    envelope_add(out, "content-type", "application/json");
    envelope_add(out, "traceparent", fact->traceparent);
    if (fact->sequence >= 0)
        add_number(out, "ce_sequence", fact->sequence);
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
                {ENVELOPE_ORIGINAL_TIMESTAMP, mem_printf(arena, "%" PRId64, envelope->written_ms)}};
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
