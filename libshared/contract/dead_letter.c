#include "libshared/contract/dead_letter.h"

const char *const dead_letter_status_names[] = {"", "open", "resent", "discarded", NULL};

static const char *const topic_names[] = {"events.commands-dlt",       "tickets.commands-dlt",
                                          "attendees.commands-dlt",    "notifications.commands-dlt",
                                          "payments.events-dlt",       "events.queries-dlt",
                                          "tickets.queries-dlt",       "attendees.queries-dlt",
                                          "notifications.queries-dlt", NULL};

#define BYTES_MAX 2097152 /* what a topic of dead letters takes */
#define ANY_TEXT .flags = MULTILINE, .max = BYTES_MAX
#define SHOWN_TEXT .flags = SHOWN | MULTILINE, .max = BYTES_MAX

#define T struct dead_letter_query
static const struct field query_fields[] = {
    FIELD(T, topic, .names = topic_names, .summary = "Only those of this topic."),
    FIELD(T, reason, .max = 200,
          .summary = "Only those whose reason contains this text, in any case."),
    FIELD(T, since, .summary = "Only those that were set aside then or later."),
    FIELD(T, before, .summary = "Only those that were set aside before then."),
    FIELD_ENUM(T, status, dead_letter_status_names,
               .summary = "Only those of this status. A page may be empty and have a next one."),
    FIELD(T, limit, .min = 1, .max = DEAD_LETTER_LIMIT_MAX,
          .summary = "Items per page; 50 if not given."),
    FIELD(T, cursor, .min = 1, .max = 500, .summary = "The value of `next` in the page before."),
};
const struct record dead_letter_query_record = RECORD("dead_letter_query", T, query_fields);
#undef T

#define T struct dead_letter_header
static const struct field header_fields[] = {
    FIELD(T, name, SHOWN_TEXT, .summary = "The header's name."),
    FIELD(T, value, ANY_TEXT, .summary = "Its value, if that is text in UTF-8."),
    FIELD(T, value_base64, .max = 2 * BYTES_MAX, .summary = "Its value otherwise."),
};
const struct record dead_letter_header_record = RECORD("dead_letter_header", T, header_fields);
#undef T

#define T struct dead_letter
#define ITEM_FIELDS                                                                                \
    FIELD(T, topic, .flags = SHOWN, .summary = "The topic of dead letters."),                      \
        FIELD(T, partition, .flags = SHOWN, .summary = "Its partition."),                          \
        FIELD(T, offset, .flags = SHOWN, .summary = "The offset in it."),                          \
        FIELD_TIME(T, at, .flags = SHOWN, .summary = "When the message was set aside."),           \
        FIELD_ENUM(T, status, dead_letter_status_names, .flags = SHOWN,                            \
                   .summary = "What was done about it last; open: nothing."),                      \
        FIELD(T, status_at, .summary = "When that was."),                                          \
        FIELD(T, reason, ANY_TEXT, .summary = "Why nobody could act on it."),                      \
        FIELD(T, type, ANY_TEXT, .summary = "Its ce_type."),                                       \
        FIELD(T, id, ANY_TEXT,                                                                     \
              .summary = "Its identity within the source, as the receipt has it."),                \
        FIELD(T, source, ANY_TEXT, .summary = "Its ce_source; its topic, if it has none."),        \
        FIELD(T, key, ANY_TEXT, .summary = "Its key, if that is text in UTF-8."),                  \
        FIELD(T, original_topic, .summary = "The topic that it came to."),                         \
        FIELD(T, original_partition, .summary = "The partition of that topic."),                   \
        FIELD(T, original_offset, .summary = "The offset in that partition."),                     \
        FIELD(T, original_at, .summary = "The message's timestamp there."),                        \
        FIELD(T, size, .flags = SHOWN, .summary = "The bytes of its value, as kept here."),        \
        FIELD(T, truncated, .flags = SHOWN,                                                        \
              .summary = "Whether some of it was cut off, so that it cannot be sent again.")
static const struct field item_fields[] = {ITEM_FIELDS};
const struct record dead_letter_item_record = RECORD("dead_letter_item", T, item_fields);

static const struct field fields[] = {
    ITEM_FIELDS,
    FIELD_LIST(T, headers, dead_letter_header_record, .flags = SHOWN,
               .summary = "Its headers, in their order."),
    FIELD(T, value, ANY_TEXT, .summary = "Its value, if that is text in UTF-8."),
    FIELD(T, value_base64, .max = 2 * BYTES_MAX,
          .summary = "Its value otherwise; absent if it has none."),
};
const struct record dead_letter_record = RECORD("dead_letter", T, fields);
#undef T
