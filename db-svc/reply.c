#include "db-svc/reply.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    while (list != NULL && *list != '\0') {
        size_t part = strcspn(list, ",");
        if (part == length && strncmp(list, name, length) == 0)
            return true;
        list += part + (list[part] == ',');
    }
    return false;
}

bool reply_wanted(const struct envelope *asked, const struct settings *settings)
{
    const char *topic = asked->reply_to.topic;
    return topic != NULL && (ends_with(topic, ".replies") || ends_with(topic, ".reply") ||
                             listed(settings->reply_topics_allowed, topic));
}

int reply_send(struct bus_producer *producer, const struct envelope *asked,
               const struct reply_answer *answer, int64_t now)
{
    struct envelope_headers headers;
    envelope_write_reply(
        &headers, &(struct envelope_reply){.type = asked->type != NULL ? asked->type : "unknown",
                                           .id = answer->id,
                                           .source = REPLY_SOURCE,
                                           .time_ms = now,
                                           .status = answer->status,
                                           .traceparent = asked->traceparent,
                                           .stock = answer->stock,
                                           .etag = answer->etag,
                                           .location = answer->location,
                                           .correlation = asked->reply_to.correlation,
                                           .correlation_size = asked->reply_to.correlation_size});
    return bus_producer_send(producer, &(struct bus_record){.topic = asked->reply_to.topic,
                                                            .partition = asked->reply_to.partition,
                                                            .value = answer->body,
                                                            .value_size = strlen(answer->body),
                                                            .headers = headers.list,
                                                            .n_headers = headers.n});
}
