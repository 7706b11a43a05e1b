/* What is read from a message: CloudEvents in either mode, and what is wrong with it. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "tests/libshared/kafka/envelope_fixture.h"

static bool is_string(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The first header at fault. */
static const char *fault_of(const struct envelope *e)
{
    return e->n_faults > 0 ? e->faults[0].header : NULL;
}

START_TEST(binary_mode_is_read)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {
        TEXT("ce_specversion", "1.0"),
        TEXT("ce_id", "k-1"),
        TEXT("ce_source", "/rest/shop"),
        TEXT("ce_type", "order.place"),
        TEXT("ce_time", "2026-05-01T20:00:00+02:00"),
        TEXT("ce_subject", "event_1"),
        TEXT("content-type", "application/json"),
        TEXT("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        TEXT("timeout_ms", "5000"),
        TEXT("if_match", "\"3\""),
        TEXT("ce_sequence", "12"),
        TEXT("status", "201"),
        TEXT("kafka_replyTopic", "db-svc.replies"),
        BYTES("kafka_replyPartition", "\0\0\0\7"),
        BYTES("kafka_correlationId", "\0\xff\x80 id"),
        TEXT("anything-else", "\xff"),
    };
    struct bus_message m = message_of(headers, COUNT(headers), "{\"a\":1}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_uint_eq(e.n_faults, 0);
    ck_assert_str_eq(e.id, "k-1");
    ck_assert_str_eq(e.source, "/rest/shop");
    ck_assert_str_eq(e.type, "order.place");
    ck_assert_str_eq(e.subject, "event_1");
    ck_assert_int_eq(e.time_ms, 1777658400000);
    ck_assert_str_eq(e.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    ck_assert_int_eq(e.timeout_ms, 5000);
    ck_assert_str_eq(e.if_match, "\"3\"");
    ck_assert_int_eq(e.sequence, 12);
    ck_assert_int_eq(e.status, 201);
    ck_assert_str_eq(e.reply_to.topic, "db-svc.replies");
    ck_assert_int_eq(e.reply_to.partition, 7);
    ck_assert_uint_eq(e.reply_to.correlation_size, 6);
    ck_assert_mem_eq(e.reply_to.correlation, "\0\xff\x80 id", 6);
    ck_assert_uint_eq(e.body_size, 7);
    ck_assert_mem_eq(e.body, "{\"a\":1}", 7);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_missing_has_a_default)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {TEXT("ce_type", "order.place")};
    struct bus_message m = message_of(headers, COUNT(headers), NULL);
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_str_eq(e.id, "tickets.commands/3/17/1700000000000");
    ck_assert_str_eq(e.source, "tickets.commands");
    ck_assert_int_eq(e.time_ms, 1700000000000);
    ck_assert_ptr_null(e.subject);
    ck_assert_ptr_null(e.traceparent);
    ck_assert_ptr_null(e.if_match);
    ck_assert_int_eq(e.timeout_ms, -1);
    ck_assert_int_eq(e.sequence, -1);
    ck_assert_int_eq(e.status, -1);
    ck_assert_ptr_null(e.reply_to.topic);
    ck_assert_int_eq(e.reply_to.partition, -1);
    ck_assert_ptr_null(e.reply_to.correlation);
    ck_assert_ptr_nonnull(e.body);
    ck_assert_uint_eq(e.body_size, 0);
    mem_free(arena);
}
END_TEST

START_TEST(a_header_given_twice_is_a_fault_unless_both_say_the_same)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {TEXT("ce_type", "a"),        TEXT("ce_type", "a"),
                                         TEXT("ce_id", "1"),          TEXT("ce_id", "2"),
                                         TEXT("content-type", "x/y"), TEXT("Content-Type", "x/z"),
                                         TEXT("other", "1"),          TEXT("other", "2"),
                                         TEXT("traceparent", "1"),    TEXT("traceparent", "2")};
    struct bus_message m = message_of(headers, COUNT(headers), "");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), -EBADMSG);
    ck_assert_str_eq(e.type, "a");
    ck_assert_uint_eq(e.n_faults, 2);
    ck_assert_str_eq(e.faults[0].header, "ce_id");
    ck_assert_str_eq(e.faults[0].code, "duplicate");
    ck_assert_str_eq(e.faults[1].header, "content-type");
    ck_assert_str_eq(e.faults[1].code, "duplicate");
    mem_free(arena);
}
END_TEST

START_TEST(every_faulty_header_is_named_once)
{
    static const struct {
        const char *header, *code;
    } expected[] = {
        {"ce_specversion", "not_allowed"},   {"ce_id", "too_short"},
        {"ce_source", "invalid_text"},       {"ce_time", "invalid_time"},
        {"timeout_ms", "wrong_type"},        {"kafka_replyPartition", "wrong_type"},
        {"kafka_replyTopic", "not_allowed"}, {"ce_type", "required"},
    };
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {
        TEXT("ce_specversion", "0.3"), TEXT("ce_id", ""),
        BYTES("ce_source", "\xff"),    TEXT("ce_time", "yesterday"),
        TEXT("timeout_ms", "soon"),    TEXT("kafka_replyPartition", "x"),
        TEXT("timeout_ms", "later"),   TEXT("kafka_replyTopic", "a/b"),
    };
    struct bus_message m = message_of(headers, COUNT(headers), "{}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), -EBADMSG);
    ck_assert_uint_eq(e.n_faults, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        ck_assert_str_eq(e.faults[i].header, expected[i].header);
        ck_assert_str_eq(e.faults[i].code, expected[i].code);
        ck_assert_ptr_nonnull(e.faults[i].detail);
    }
    mem_free(arena);
}
END_TEST

/* The CloudEvents SDK for Python and NestJS's send() leave the content type to its default. */
START_TEST(a_structured_event_is_known_by_its_specversion)
{
    static const char event[] = "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"/s\","
                                "\"type\":\"t\",\"data\":{\"a\":1}}";
    static const char escaped[] = "{\"spec\\u0076ersion\":\"1.0\",\"id\":\"i\","
                                  "\"source\":\"/s\",\"type\":\"t\",\"data\":{\"a\":1}}";
    static const struct {
        const char *content_type, *ce_type, *body, *id, *type;
        const char *data; /* NULL: the body as it came */
    } cases[] = {
        {NULL, NULL, event, "i", "t", "{\"a\":1}"},
        {NULL, NULL, escaped, "i", "t", "{\"a\":1}"},
        {"application/json", NULL, event, "i", "t", "{\"a\":1}"},
        {"application/json", "u", event, "tickets.commands/3/17/1700000000000", "u", NULL},
        {NULL, NULL, "{\"type\":\"t\"}", "tickets.commands/3/17/1700000000000", NULL, NULL},
        {NULL, NULL, "{\"specversion\":1}", "tickets.commands/3/17/1700000000000", NULL, NULL},
        {NULL, NULL, "{\"specversion\"", "tickets.commands/3/17/1700000000000", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *arena = mem_arena(NULL, 0);
        struct bus_header headers[2];
        size_t n = 0;
        if (cases[i].content_type != NULL)
            headers[n++] = (struct bus_header){"content-type", cases[i].content_type,
                                               strlen(cases[i].content_type)};
        if (cases[i].ce_type != NULL)
            headers[n++] =
                (struct bus_header){"ce_type", cases[i].ce_type, strlen(cases[i].ce_type)};
        struct bus_message m = message_of(headers, n, cases[i].body);
        struct envelope e;
        const int r = envelope_read(arena, &m, &e);
        const char *data = cases[i].data != NULL ? cases[i].data : cases[i].body;
        ck_assert_int_eq(r, cases[i].type != NULL ? 0 : -EBADMSG);
        ck_assert_msg(is_string(e.type, cases[i].type), "case %zu: %s", i, e.type);
        ck_assert_str_eq(e.id, cases[i].id);
        ck_assert_uint_eq(e.body_size, strlen(data));
        ck_assert_mem_eq(e.body, data, strlen(data));
        mem_free(arena);
    }
}
END_TEST

START_TEST(faults_are_told_in_one_line)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {TEXT("ce_time", "x"), TEXT("kafka_replyTopic", "a")};
    struct bus_message m = message_of(headers, COUNT(headers), "{}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), -EBADMSG);
    ck_assert_str_eq(envelope_faults_text(arena, &e),
                     "ce_time must be an RFC 3339 date and time; ce_type is missing");
    mem_free(arena);
}
END_TEST

START_TEST(reply_partitions_come_in_both_encodings)
{
    static const struct {
        struct bus_header header;
        int32_t partition; /* -2: a fault */
    } cases[] = {
        {BYTES("kafka_replyPartition", "\0\0\0\0"), 0},
        {BYTES("kafka_replyPartition", "\0\0\1\2"), 258},
        {TEXT("kafka_replyPartition", "0"), 0},
        {TEXT("kafka_replyPartition", "12"), 12},
        {TEXT("kafka_replyPartition", "1234"), 1234},
        {{"kafka_replyPartition", NULL, 0}, -1},
        {TEXT("kafka_replyPartition", ""), -1},
        {BYTES("kafka_replyPartition", "\xff\xff\xff\xff"), -2},
        {BYTES("kafka_replyPartition", "\0\0\0"), -2},
        {BYTES("kafka_replyPartition", "\0\0\0\0\0\0\0\1"), -2},
        {TEXT("kafka_replyPartition", "-1"), -2},
        {TEXT("kafka_replyPartition", "x"), -2},
        {TEXT("kafka_replyPartition", "2147483648"), -2},
        {TEXT("kafka_replyPartition", "99999999999999999999"), -2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *arena = mem_arena(NULL, 0);
        const struct bus_header headers[] = {TEXT("ce_type", "t"),
                                             TEXT("kafka_replyTopic", "a.reply"), cases[i].header};
        struct bus_message m = message_of(headers, COUNT(headers), "");
        struct envelope e;
        const int r = envelope_read(arena, &m, &e);
        if (cases[i].partition == -2) {
            ck_assert_msg(r == -EBADMSG, "case %zu", i);
            ck_assert_str_eq(fault_of(&e), "kafka_replyPartition");
            ck_assert_ptr_null(e.reply_to.topic);
        } else {
            ck_assert_msg(r == 0, "case %zu", i);
            ck_assert_int_eq(e.reply_to.partition, cases[i].partition);
            ck_assert_str_eq(e.reply_to.topic, "a.reply");
        }
        mem_free(arena);
    }
}
END_TEST

START_TEST(a_hostile_header_is_named_and_the_rest_still_read)
{
    static const struct {
        struct bus_header header;
        const char *fault; /* NULL: readable */
    } cases[] = {
        {TEXT("ce_specversion", "0.3"), "ce_specversion"},
        {TEXT("ce_specversion", ""), "ce_specversion"},
        {TEXT("ce_id", ""), "ce_id"},
        {BYTES("ce_id", "a\xff"), "ce_id"},
        {BYTES("ce_id", "a\0b"), "ce_id"},
        {BYTES("ce_id", "a\nb"), "ce_id"},
        {{"ce_id", NULL, 0}, NULL},
        {BYTES("ce_source", "\xc3\x28"), "ce_source"},
        {TEXT("ce_source", ""), "ce_source"},
        {TEXT("ce_subject", "\xed\xa0\x80"), "ce_subject"},
        {TEXT("ce_time", "yesterday"), "ce_time"},
        {TEXT("ce_time", ""), "ce_time"},
        {TEXT("timeout_ms", "soon"), "timeout_ms"},
        {TEXT("timeout_ms", ""), "timeout_ms"},
        {TEXT("timeout_ms", "-5"), "timeout_ms"},
        {TEXT("timeout_ms", "5.5"), "timeout_ms"},
        {TEXT("timeout_ms", "99999999999999999999999"), "timeout_ms"},
        {TEXT("timeout_ms", "0"), NULL},
        {BYTES("if_match", "\xff"), "if_match"},
        {BYTES("traceparent", "\xff"), NULL}, /* W3C: a malformed one is as none */
        {BYTES("ce_sequence", "x"), "ce_sequence"},
        {BYTES("kafka_replyTopic", "a/b"), "kafka_replyTopic"},
        {BYTES("kafka_replyTopic", "\xff"), "kafka_replyTopic"},
        {BYTES("kafka_replyTopic", ".."), "kafka_replyTopic"},
        {BYTES("content-type", "\xff\xff"), "content-type"},
        {TEXT("content-type", "application/cloudevents-batch+json"), "content-type"},
        {TEXT("content-type", "application/cloudevents+avro"), "content-type"},
        {TEXT("content-type", "text/plain"), NULL},
        {TEXT("", "empty name"), NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *arena = mem_arena(NULL, 0);
        const struct bus_header headers[] = {TEXT("ce_type", "order.place"), cases[i].header,
                                             TEXT("kafka_correlationId", "c")};
        struct bus_message m = message_of(headers, COUNT(headers), "{}");
        struct envelope e;
        const int r = envelope_read(arena, &m, &e);
        ck_assert_msg(r == (cases[i].fault != NULL ? -EBADMSG : 0), "case %zu: %d", i, r);
        ck_assert_msg(is_string(fault_of(&e), cases[i].fault), "case %zu: %s", i, fault_of(&e));
        ck_assert_uint_eq(e.n_faults, cases[i].fault != NULL);
        ck_assert_ptr_nonnull(e.id);
        ck_assert_ptr_nonnull(e.source);
        ck_assert_str_eq(e.type, "order.place");
        ck_assert_mem_eq(e.reply_to.correlation, "c", 1);
        mem_free(arena);
    }
}
END_TEST

START_TEST(a_message_without_a_type_is_unreadable_but_answerable)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {TEXT("kafka_correlationId", "c"),
                                         TEXT("kafka_replyTopic", "tickets.commands.reply"),
                                         TEXT("kafka_replyPartition", "2")};
    struct bus_message m = message_of(headers, COUNT(headers), "{}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), -EBADMSG);
    ck_assert_str_eq(fault_of(&e), "ce_type");
    ck_assert_ptr_null(e.type);
    ck_assert_str_eq(e.reply_to.topic, "tickets.commands.reply");
    ck_assert_int_eq(e.reply_to.partition, 2);
    ck_assert_str_eq(e.id, "tickets.commands/3/17/1700000000000");
    mem_free(arena);
}
END_TEST

START_TEST(structured_mode_is_read)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {
        TEXT("content-type", "Application/CloudEvents+JSON; charset=UTF-8"),
        TEXT("kafka_replyTopic", "x.reply"), TEXT("timeout_ms", "100")};
    struct bus_message m =
        message_of(headers, COUNT(headers),
                   "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"/s\",\"type\":\"t\","
                   "\"time\":\"2026-05-01T18:00:00Z\",\"subject\":\"event_1\",\"sequence\":\"4\","
                   "\"traceparent\":\"tp\",\"datacontenttype\":\"application/json\","
                   "\"data\":{\"b\":[1,2.5,\"\xc3\xa9\"]}}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_str_eq(e.id, "i");
    ck_assert_str_eq(e.source, "/s");
    ck_assert_str_eq(e.type, "t");
    ck_assert_str_eq(e.subject, "event_1");
    ck_assert_int_eq(e.sequence, 4);
    ck_assert_int_eq(e.time_ms, 1777658400000);
    ck_assert_str_eq(e.traceparent, "tp");
    ck_assert_int_eq(e.timeout_ms, 100);
    ck_assert_str_eq(e.reply_to.topic, "x.reply");
    const char *body = "{\"b\":[1,2.5,\"\xc3\xa9\"]}";
    ck_assert_uint_eq(e.body_size, strlen(body));
    ck_assert_mem_eq(e.body, body, strlen(body));
    mem_free(arena);
}
END_TEST

START_TEST(a_wrong_structured_body_is_named)
{
    static const struct {
        const char *body, *fault;
    } cases[] = {
        {NULL, "data"},
        {"", "data"},
        {"[]", "data"},
        {"{", "data"},
        {"\xff", "data"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"type\":\"u\"}", "data"},
        {"{\"specversion\":\"1.0\",\"id\":\"i\"}", "ce_type"},
        {"{\"specversion\":\"1.0\",\"type\":7}", "ce_type"},
        {"{\"specversion\":\"1.0\",\"type\":\"\"}", "ce_type"},
        {"{\"specversion\":\"2.0\",\"type\":\"t\"}", "ce_specversion"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"time\":\"x\"}", "ce_time"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"sequence\":\"x\"}", "ce_sequence"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"data_base64\":\"e30=\"}", "data"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\"}", NULL},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"data\":null,\"sequence\":9}", NULL},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"data\":\"text\"}", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *arena = mem_arena(NULL, 0);
        const struct bus_header headers[] = {TEXT("content-type", "application/cloudevents+json")};
        struct bus_message m = message_of(headers, COUNT(headers), cases[i].body);
        struct envelope e;
        const int r = envelope_read(arena, &m, &e);
        ck_assert_msg(r == (cases[i].fault != NULL ? -EBADMSG : 0), "case %zu: %d", i, r);
        ck_assert_msg(is_string(fault_of(&e), cases[i].fault), "case %zu: %s", i, fault_of(&e));
        ck_assert_ptr_nonnull(e.id);
        ck_assert_ptr_nonnull(e.source);
        ck_assert_ptr_nonnull(e.body);
        mem_free(arena);
    }
}
END_TEST

/* Whatever the bytes, reading ends and its promises hold. */
START_TEST(random_bytes_do_no_harm)
{
    static const char *const names[] = {
        "ce_specversion", "ce_id",      "ce_source", "ce_type",          "ce_time",
        "timeout_ms",     "if_match",   "status",    "kafka_replyTopic", "kafka_replyPartition",
        "content-type",   "ce_sequence"};
    unsigned seed = (unsigned)_i;
    for (int round = 0; round < 2000; round++) {
        void *arena = mem_arena(NULL, 0);
        char values[COUNT(names)][12];
        struct bus_header headers[COUNT(names)];
        for (size_t i = 0; i < COUNT(names); i++) {
            const size_t size = (size_t)rand_r(&seed) % 11;
            for (size_t j = 0; j < size; j++)
                values[i][j] = (char)(rand_r(&seed) % 3 == 0 ? rand_r(&seed) : '0' + (int)j % 10);
            values[i][size] = '\0';
            headers[i] =
                (struct bus_header){names[rand_r(&seed) % (int)COUNT(names)], values[i], size};
        }
        struct bus_message m = message_of(headers, COUNT(headers), "{}");
        struct envelope e;
        const int r = envelope_read(arena, &m, &e);
        ck_assert_int_eq(r == 0, e.n_faults == 0);
        ck_assert(r != 0 || e.type != NULL);
        ck_assert(strlen(e.id) > 0 && strlen(e.source) > 0);
        mem_free(arena);
    }
}
END_TEST

CHECK_MAIN("envelope", binary_mode_is_read, what_is_missing_has_a_default,
           a_header_given_twice_is_a_fault_unless_both_say_the_same,
           every_faulty_header_is_named_once, a_structured_event_is_known_by_its_specversion,
           faults_are_told_in_one_line, reply_partitions_come_in_both_encodings,
           a_hostile_header_is_named_and_the_rest_still_read,
           a_message_without_a_type_is_unreadable_but_answerable, structured_mode_is_read,
           a_wrong_structured_body_is_named, random_bytes_do_no_harm)
