/* Texts in other charsets, in whatever pieces. */
#include "tests/support/check_main.h"

#include <string.h>

#include "attendees-svc/charset_reader.h"
#include "libshared/base/mem.h"

struct input {
    const char *charset, *bytes;
    size_t size;
    const char *text;
};
#define INPUT(charset, bytes, text)                                                                \
    {                                                                                              \
        charset, bytes, sizeof(bytes) - 1, text                                                    \
    }

static void drain(struct charset_reader *reader, char *text, size_t most)
{
    size_t n;
    for (const char *at; (at = charset_reader_text(reader, &n), n > 0);) {
        n = n < most ? n : most;
        strncat(text, at, n);
        charset_reader_take(reader, n);
    }
}

static const char *read_in_pieces(void *arena, const struct input *input, size_t piece)
{
    char *text = mem_zeroed(arena, 10000);
    struct charset_reader *reader = charset_reader_new(arena, input->charset);
    for (size_t at = 0; at < input->size;) {
        size_t left = input->size - at;
        at += charset_reader_feed(reader, input->bytes + at, left < piece ? left : piece);
        drain(reader, text, piece);
    }
    charset_reader_end(reader);
    drain(reader, text, piece);
    return text;
}

START_TEST(texts_are_read_whatever_the_pieces)
{
    static const struct input rows[] = {
        INPUT(NULL, "Jos\xc3\xa9\n", "José\n"),
        INPUT(NULL, "Jos\xe9", "Jos\xe9"),
        INPUT(NULL,
              "\xef\xbb\xbf"
              "a",
              "\xef\xbb\xbf"
              "a"),
        INPUT("utf-8", "Jos\xc3\xa9", "José"),
        INPUT("iso-8859-1", "Jos\xe9 Latin", "José Latin"),
        INPUT("latin1", "\x80 5", "€ 5"),
        INPUT("windows-1252", "\x93Z\xfc\x94", "“Zü”"),
        INPUT("iso-8859-15", "\xa4", "€"),
        INPUT("windows-1252",
              "a\x81"
              "b",
              "a\x01"
              "b"),
        INPUT(NULL,
              "\xff\xfe"
              "a\0\xe9\0",
              "\xef\xbb\xbf"
              "aé"),
        INPUT(NULL, "\xfe\xff\0a\0\xe9",
              "\xef\xbb\xbf"
              "aé"),
        INPUT("iso-8859-1",
              "\xff\xfe"
              "a\0",
              "\xef\xbb\xbf"
              "a"),
        INPUT("utf-16", "a\0b\0", "ab"),
        INPUT("utf-16be", "\0a\0b", "ab"),
        INPUT("utf-16le", "=\xd8\0\xde", "😀"),
        INPUT("utf-16le",
              "a\0\0\xdc"
              "b\0",
              "a\x01"
              "b"),
        INPUT("utf-16le", "a\0b", "a\x01"),
        INPUT(NULL, "\xff", "\xff"),
        INPUT(NULL, "", ""),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            void *arena = mem_arena(NULL, 0);
            ck_assert_str_eq(read_in_pieces(arena, &rows[i], piece), rows[i].text);
            mem_free(arena);
        }
}
END_TEST

START_TEST(a_long_text_comes_whole)
{
    void *arena = mem_arena(NULL, 0);
    struct input input = {.charset = "latin1", .bytes = mem_zeroed(arena, 3000), .size = 3000};
    memset((char *)input.bytes, '\xe9', input.size);
    for (size_t piece = 1; piece <= 3000; piece += 2999) {
        const char *text = read_in_pieces(arena, &input, piece);
        ck_assert_uint_eq(strlen(text), 6000);
        ck_assert_uint_eq(strspn(text, "é"), 6000);
    }
    mem_free(arena);
}
END_TEST

START_TEST(charsets_are_known_in_any_case)
{
    ck_assert(charset_is_known("ISO-8859-1"));
    ck_assert(charset_is_known("Windows-1252"));
    ck_assert(!charset_is_known("iso-2022-jp"));
    ck_assert(!charset_is_known(""));
}
END_TEST

CHECK_MAIN("charset_reader", texts_are_read_whatever_the_pieces, a_long_text_comes_whole,
           charsets_are_known_in_any_case)
