/* The spans of commands: from the batch that takes them to what is published of it. */
#include "db-svc/writer/writer_state.h"

#include "libshared/base/mem.h"

void traces_begin(const struct writer *writer, struct input *input, const struct clock_time *now)
{
    if (writer->tracer == NULL || input->body.command == NULL)
        return;
    struct span span;
    char *text = mem_array(writer->hand.arena, char, TRACEPARENT_SIZE);
    tracer_begin(writer->tracer, input->envelope.traceparent, now, &span);
    trace_context_write(text, &span.context);
    input->envelope.traceparent = text;
    if (span_sampled(&span))
        input->span = mem_dup(writer->hand.arena, &span, sizeof span);
}

static void end_commit(const struct writer *writer, const struct span *command, size_t n,
                       const struct clock_time *commit, int64_t commit_us)
{
    struct span span;
    tracer_begin_part(command, commit, &span);
    span.kind = SPAN_CLIENT;
    span.name = "commit";
    span.duration_us = commit_us;
    span.attributes[0] = (struct span_attribute){.key = "db.system.name", .text = "mongodb"};
    span.attributes[1] =
        (struct span_attribute){.key = "db.operation.batch.size", .number = (int64_t)n};
    tracer_end(writer->tracer, &span);
}

static void end_command(const struct writer *writer, const struct input *input)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct span span = *input->span;
    const int status = input->receipt != NULL ? input->receipt->status : 0;
    span.kind = SPAN_CONSUMER;
    span.name = mem_printf(arena, "process %s", input->body.command->type);
    span.duration_us = clock_read().monotonic_us - span.began_us;
    span.failed = status >= 500;
    span.attributes[0] = (struct span_attribute){.key = "messaging.system", .text = "kafka"};
    span.attributes[1] =
        (struct span_attribute){.key = "messaging.destination.name", .text = input->message.topic};
    span.attributes[2] =
        (struct span_attribute){.key = "messaging.operation.type", .text = "process"};
    span.attributes[3] = (struct span_attribute){.key = "ticketing.status", .number = status};
    tracer_end(writer->tracer, &span);
}

void traces_end(const struct writer *writer, const struct input *inputs, size_t n,
                const struct clock_time *commit, int64_t commit_us)
{
    for (size_t i = 0; i < n; i++) {
        if (inputs[i].span == NULL)
            continue;
        if (commit->wall_ms > 0)
            end_commit(writer, inputs[i].span, n, commit, commit_us);
        end_command(writer, &inputs[i]);
    }
}
