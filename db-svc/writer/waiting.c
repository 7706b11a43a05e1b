/* What was written to the topics and is not answered yet, as the metrics show it. */
#include "db-svc/writer/writer_state.h"

void waiting_answered(struct writer *writer, const struct input *inputs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct bus_message *message = &inputs[i].message;
        const int topic = topics_command_index(message->topic);
        int64_t *answered = &writer->ownership.shares[message->partition].answered[topic];
        if (*answered <= message->offset)
            *answered = message->offset + 1;
    }
}

struct waiting {
    int64_t messages, oldest_ms;
};

static void add(struct waiting *waiting, const struct share *share, int topic, int64_t now)
{
    const struct arrivals *arrivals = &share->arrivals[topic];
    const int64_t answered = share->answered[topic];
    const int64_t end = arrivals->n > 0 ? arrivals->ends[arrivals->n - 1].end : answered;
    if (!share->assigned[topic] || answered < 0 || end <= answered)
        return;
    const int64_t age = arrivals_age_ms(arrivals, now, answered);
    waiting->messages += end - answered;
    if (waiting->oldest_ms < age)
        waiting->oldest_ms = age;
}

void waiting_measure(struct writer *writer, int64_t now)
{
    const struct ownership *ownership = &writer->ownership;
    int64_t oldest_ms = 0;
    for (int topic = 0; topic < TOPICS_COMMANDS; topic++) {
        struct waiting waiting = {0};
        for (int32_t p = 0; p < ownership->partitions; p++)
            add(&waiting, &ownership->shares[p], topic, now);
        meters_lag(writer->meters, topic, waiting.messages);
        if (oldest_ms < waiting.oldest_ms)
            oldest_ms = waiting.oldest_ms;
    }
    meters_oldest(writer->meters, oldest_ms);
}
