#include "db-svc/reply.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/problem.h"

#define PROBLEM_BYTES (400 * 1024) /* twice that, and the rest, is what a topic takes */

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

bool reply_allowed(const char *topic, const struct settings *settings)
{
    return ends_with(topic, ".replies") || ends_with(topic, ".reply") ||
           listed(settings->reply_topics_allowed, topic);
}

/* A problem stands in the body and in a header. */
static const char *fitting(void *arena, const struct reply_answer *answer)
{
    if (answer->status < 400 || strlen(answer->body) <= PROBLEM_BYTES)
        return answer->body;
    return problem_without_errors(arena, answer->body);
}

int reply_send(struct bus_producer *producer, const struct envelope *asked,
               const struct reply_answer *answer, int64_t now)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct envelope_headers headers;
    const char *body = fitting(arena, answer);
    envelope_write_reply(
        &headers, &(struct envelope_reply){.type = asked->type != NULL ? asked->type : "unknown",
                                           .id = answer->id,
                                           .source = REPLY_SOURCE,
                                           .time_ms = now,
                                           .status = answer->status,
                                           .problem = body,
                                           .traceparent = asked->traceparent,
                                           .stock = answer->stock,
                                           .any_buyer = answer->any_buyer,
                                           .etag = answer->etag,
                                           .location = answer->location,
                                           .correlation = asked->reply_to.correlation,
                                           .correlation_size = asked->reply_to.correlation_size});
    return bus_producer_send(producer, &(struct bus_record){.topic = asked->reply_to.topic,
                                                            .partition = asked->reply_to.partition,
                                                            .value = body,
                                                            .value_size = strlen(body),
                                                            .headers = headers.list,
                                                            .n_headers = headers.n});
}
