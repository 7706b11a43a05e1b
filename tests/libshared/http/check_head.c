/* Heads and chunks as pure functions: whole, in pieces, and with bytes changed at random. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/chunked.h"
#include "libshared/http/head.h"

#define HEAD                                                                                       \
    "POST /a/b%20c?x=1&y HTTP/1.1\r\nHost: h:80\r\nAccept: a\r\nX-A:\t b c \t\r\n"                 \
    "accept: b\r\nContent-Length: 12\r\n\r\n"

static void *arena;

static void begin(void)
{
    mem_init();
    arena = mem_arena(NULL, 0);
}

static void end(void)
{
    mem_free(arena);
}

static struct head read_text(const char *text)
{
    struct head head;
    head_read(arena, text, strlen(text), &head);
    return head;
}

START_TEST(a_head_is_taken_apart)
{
    begin();
    struct head head = read_text(HEAD);
    ck_assert_int_eq(head.fault.status, 0);
    ck_assert_str_eq(head.method, "POST");
    ck_assert_str_eq(head.path, "/a/b%20c");
    ck_assert_str_eq(head.query, "x=1&y");
    ck_assert_str_eq(head.authority, "h:80");
    ck_assert_str_eq(head_value(arena, &head, "X-a"), "b c");
    ck_assert_str_eq(head_value(arena, &head, "Accept"), "a, b");
    ck_assert_ptr_null(head_value(arena, &head, "X"));
    ck_assert_uint_eq(head.length, 12);
    ck_assert(head.persistent && !head.chunked && !head.expects && !head.old);
    end();
}
END_TEST

START_TEST(a_head_ends_at_the_same_byte_however_it_comes)
{
    begin();
    const size_t size = strlen(HEAD);
    for (size_t first = 0; first < size; first++) {
        struct head_scan scan = {0};
        struct http_fault fault;
        size_t whole = 0;
        for (size_t n = first; n < size; n++)
            ck_assert_int_eq(head_look(&scan, HEAD "GET", n, &whole, &fault), HEAD_MORE);
        ck_assert_int_eq(head_look(&scan, HEAD "GET", size + 3, &whole, &fault), HEAD_WHOLE);
        ck_assert_uint_eq(whole, size);
    }
    end();
}
END_TEST

START_TEST(every_field_at_fault_is_named)
{
    begin();
    struct head head =
        read_text("POST / HTTP/1.1\r\nAuthorization: a\r\nauthorization: b\r\nIf-Match: \"1\"\r\n"
                  "If-Match: \"2\"\r\nX-A: \x01\r\nContent-Length: x\r\n\r\n");
    static const char *const names[] = {"X-A",  "Authorization",  "If-Match",
                                        "Host", "Content-Length", NULL};
    ck_assert_int_eq(head.fault.status, 400);
    for (size_t i = 0; names[i] != NULL; i++)
        ck_assert_str_eq(head.fault.headers[i], names[i]);
    ck_assert_ptr_null(head.fault.headers[5]);
    end();
}
END_TEST

START_TEST(the_target_tells_the_host_before_the_field_does)
{
    begin();
    struct head head = read_text("GET HTTP://a:1?q HTTP/1.1\r\nHost: b\r\n\r\n");
    ck_assert_int_eq(head.fault.status, 0);
    ck_assert_str_eq(head.authority, "a:1");
    ck_assert_str_eq(head.path, "/");
    ck_assert_str_eq(head.query, "q");
    ck_assert_str_eq(read_text("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n").path, "*");
    end();
}
END_TEST

START_TEST(a_hundred_of_each_are_taken_and_no_more)
{
    begin();
    static const struct {
        size_t fields, parameters;
        int status;
    } cases[] = {{100, 100, 0}, {101, 1, 431}, {1, 101, 414}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = mem_strdup(arena, "GET /?a");
        for (size_t n = 1; n < cases[i].parameters; n++)
            text = talloc_strdup_append_buffer(text, "&a");
        text = talloc_strdup_append_buffer(text, " HTTP/1.1\r\nHost: h\r\n");
        for (size_t n = 1; n < cases[i].fields; n++)
            text = talloc_strdup_append_buffer(text, "A: b\r\n");
        text = talloc_strdup_append_buffer(text, "\r\n");
        ck_assert_int_eq(read_text(text).fault.status, cases[i].status);
    }
    end();
}
END_TEST

/* Reads a chunked body that comes in pieces of `step` bytes. */
static const char *unchunk(const char *bytes, size_t step, struct chunked *ret_chunked)
{
    char *body = mem_strdup(arena, "");
    const size_t size = strlen(bytes);
    *ret_chunked = (struct chunked){0};
    for (size_t at = 0, end = step; at < size && ret_chunked->state < CHUNKED_END; end += step) {
        end = end < size ? end : size;
        while (at < end && ret_chunked->state < CHUNKED_END) {
            at += chunked_take(ret_chunked, bytes + at, end - at);
            size_t n = ret_chunked->state == CHUNKED_DATA ? end - at : 0;
            n = n < ret_chunked->left ? n : (size_t)ret_chunked->left;
            body = talloc_strndup_append_buffer(body, bytes + at, n);
            if (n > 0)
                chunked_took(ret_chunked, n);
            at += n;
        }
    }
    return body;
}

START_TEST(chunks_are_put_together_however_they_come)
{
    begin();
    static const char bytes[] =
        "3\r\nabc\r\n00A;x=\"y\";z\r\n0123456789\r\n1\r\n\r\r\n0\r\nA: b\r\nC:\r\n\r\nrest";
    for (size_t step = 1; step < sizeof bytes; step++) {
        struct chunked chunked;
        ck_assert_str_eq(unchunk(bytes, step, &chunked), "abc0123456789\r");
        ck_assert_int_eq(chunked.state, CHUNKED_END);
    }
    end();
}
END_TEST

/* A little generator, so that a failure comes again. */
static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

static bool is_sound(const struct head *head)
{
    for (size_t i = 0; i < head->n_fields; i++)
        if (strpbrk(head->fields[i].value, "\r\n") != NULL ||
            strpbrk(head->fields[i].name, " \t\r\n:") != NULL)
            return false;
    return head->path[0] == '/' || strcmp(head->path, "*") == 0;
}

START_TEST(whatever_comes_is_refused_or_sound)
{
    begin();
    static const char bytes[] = "\r\n\0 \t:?&/aG1\x7f\xff;,";
    unsigned seed = 1, sound = 0;
    for (int round = 0; round < 20000; round++) {
        char text[] = HEAD;
        size_t size = sizeof text - 1;
        for (unsigned n = draw(&seed) % 4; n > 0; n--)
            text[draw(&seed) % size] = bytes[draw(&seed) % (sizeof bytes - 1)];
        struct head_scan scan = {0};
        struct http_fault fault = {0};
        size_t whole = 0;
        if (head_look(&scan, text, size, &whole, &fault) != HEAD_WHOLE)
            continue;
        struct head head;
        ck_assert_uint_le(whole, size);
        head_read(arena, text, whole, &head);
        ck_assert_msg(head.fault.status != 0 || is_sound(&head), "round %d: %s", round, text);
        sound += head.fault.status == 0;
        talloc_free_children(arena);
    }
    ck_assert_uint_gt(sound, 1000);
    end();
}
END_TEST

START_TEST(whatever_chunks_come_end_within_their_bytes)
{
    begin();
    static const char bytes[] = "0123456789abcdef;= \t\r\n\x01z";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[] = "3\r\nabc\r\na;x\r\n0123456789\r\n0\r\nA: b\r\n\r\n";
        for (unsigned n = draw(&seed) % 4; n > 0; n--)
            text[draw(&seed) % (sizeof text - 1)] = bytes[draw(&seed) % (sizeof bytes - 1)];
        struct chunked chunked;
        ck_assert_uint_le(strlen(unchunk(text, 1 + draw(&seed) % 8, &chunked)), sizeof text);
        talloc_free_children(arena);
    }
    end();
}
END_TEST

CHECK_MAIN("head", a_head_is_taken_apart, a_head_ends_at_the_same_byte_however_it_comes,
           every_field_at_fault_is_named, the_target_tells_the_host_before_the_field_does,
           a_hundred_of_each_are_taken_and_no_more, chunks_are_put_together_however_they_come,
           whatever_comes_is_refused_or_sound, whatever_chunks_come_end_within_their_bytes)
