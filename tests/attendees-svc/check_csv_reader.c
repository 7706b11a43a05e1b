/* Rows as they come, in whatever pieces. */
#include "tests/support/check_main.h"

#include <string.h>

#include "attendees-svc/csv_reader.h"
#include "libshared/base/mem.h"

struct seen {
    void *arena;
    char *text;
};

static bool see(void *context, const struct csv_row *row)
{
    struct seen *seen = context;
    seen->text = mem_printf(seen->arena, "%s%lld", seen->text, (long long)row->line);
    for (size_t i = 0; i < row->n; i++)
        seen->text = mem_printf(seen->arena, "%s[%s]", seen->text, row->cells[i]);
    if (row->fault != NULL)
        seen->text = mem_printf(seen->arena, "%s(%s)", seen->text, row->fault);
    return true;
}

static const char *read_in_pieces(void *arena, const char *input, size_t piece)
{
    struct seen seen = {arena, mem_strdup(arena, "")};
    struct csv_reader *reader = csv_reader_new(arena, see, &seen);
    for (size_t size = strlen(input), at = 0; at < size; at += piece)
        (void)csv_reader_feed(reader, input + at, size - at < piece ? size - at : piece);
    csv_reader_end(reader);
    const struct csv_fault fault = csv_reader_fault(reader);
    return fault.line == 0
               ? seen.text
               : mem_printf(arena, "%s%lld: %s", seen.text, (long long)fault.line, fault.code);
}

START_TEST(rows_are_read_whatever_the_pieces)
{
    static const struct {
        const char *input, *seen;
    } rows[] = {
        {"a,b\r\n1,2\r\n", "1[a][b]2[1][2]"},
        {"a;b\n1;2", "1[a][b]2[1][2]"},
        {"a\tb\n1,5\t2\n", "1[a][b]2[1,5][2]"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "1[a][b]"},
        {"a,b\n\"x\ny\",2\n3,4\n", "1[a][b]2[x\ny][2]4[3][4]"},
        {"a,b\n\"say \"\"hi\"\"\",\"\"\n", "1[a][b]2[say \"hi\"][]"},
        {"a,b\n\n1,2\n", "1[a][b]3[1][2]"},
        {"a\r1\r", "1[a]2[1]"},
        {"\"a;b\",c\n1,2\n", "1[a;b][c]2[1][2]"},
        {"a,b\n1,\xff\n3,4\n", "1[a][b]2: not_utf8"},
        {"a, b ,\" c \"\n", "1[a][b][ c ]"},
        {"a,b\n\"x\r\n\r\ny\",2\r\n3,4\r\n", "1[a][b]2[x\r\n\r\ny][2]5[3][4]"},
        {"a\n\n\n\xff", "1[a]4: not_utf8"},
        {"PK\x03\x04,\n", "1: invalid_text"},
        {"a,b\n1,\x01\n", "1[a][b]2: invalid_text"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            void *arena = mem_arena(NULL, 0);
            ck_assert_str_eq(read_in_pieces(arena, rows[i].input, piece), rows[i].seen);
            mem_free(arena);
        }
}
END_TEST

/* A spreadsheet's first line for itself is no row. */
START_TEST(a_line_may_say_what_parts_the_cells)
{
    static const struct {
        const char *input, *seen;
    } rows[] = {
        {"sep=;\na;b,c\n1;2\n", "2[a][b,c]3[1][2]"},
        {"\xef\xbb\xbfSEP=|\r\na|b\r\n", "2[a][b]"},
        {"\"sep=,\"\na,b;c;d\n", "2[a][b;c;d]"},
        {"sep=\t\na;b\tc\n", "2[a;b][c]"},
        {"sep=;", ""},
        {"sep=ab\n1\n", "1[sep=ab]2[1]"},
        {"sep=\"\n1\n", "1: stray_quote"},
        {"sep,x\n1,2\n", "1[sep][x]2[1][2]"},
        {"sep=;\n\xff;b\n", "2: not_utf8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            void *arena = mem_arena(NULL, 0);
            ck_assert_str_eq(read_in_pieces(arena, rows[i].input, piece), rows[i].seen);
            mem_free(arena);
        }
}
END_TEST

START_TEST(quotes_are_taken_at_their_word)
{
    static const struct {
        const char *input, *seen;
    } rows[] = {
        /* Never closed: what follows is no name. */
        {"a,b\n1,2\n3,\"4\n5,6\n7,8\n", "1[a][b]2[1][2]3: open_quote"},
        {"a,b\n3,\"4", "1[a][b]2: open_quote"},
        {"a,b\n\"1\n2\",\"3\n4,5\n", "1[a][b]3: open_quote"},
        {"\"a,b\n1,2\n", "1: open_quote"},
        /* Closed, as it seems, by the first quote of another row. */
        {"a,b\n1,\"2\n3,\"4\"\n5,6\n", "1[a][b]2: open_quote"},
        {"a,b\n1,\"2\n3,\"4\",\"5\"\n", "1[a][b]2: open_quote"},
        /* Within a line only the row is in doubt. */
        {"a,b\n1,2 \"or\" 3\n4,5\n", "1[a][b]2(stray_quote)3[4][5]"},
        {"a,b\n\"1\" or 2,3\n4,5\n", "1[a][b]2(stray_quote)3[4][5]"},
        {"a,b\n5\" pipe,1\r\n4,5\r\n", "1[a][b]2(stray_quote)3[4][5]"},
        {"a,b\n\"1\n2\",3\"\n4,5\n", "1[a][b]2(stray_quote)4[4][5]"},
        {"a,b\n1,2\"", "1[a][b]2(stray_quote)"},
        {"a\"b,c\n1,2\n", "1: stray_quote"},
        {"a,b\n \"1\" , \"2\" \n", "1[a][b]2[1][2]"},
        {"a,b\n1,\"2\"", "1[a][b]2[1][2]"},
        {"a,b\n1,\"\"\"2\"\"\"\n", "1[a][b]2[1][\"2\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            void *arena = mem_arena(NULL, 0);
            ck_assert_str_eq(read_in_pieces(arena, rows[i].input, piece), rows[i].seen);
            mem_free(arena);
        }
}
END_TEST

static const char *repeated(void *arena, const char *text, size_t times)
{
    size_t size = strlen(text);
    char *all = mem_zeroed(arena, size * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * size, text, size);
    return all;
}

START_TEST(a_row_that_is_too_long_is_none_and_the_next_is_read)
{
    void *arena = mem_arena(NULL, 0);
    const char *cells = mem_printf(arena, "a,b\n%s\n1,2\n", repeated(arena, "1,", 200));
    ck_assert_str_eq(read_in_pieces(arena, cells, 1000), "1[a][b]2(too_long)3[1][2]");
    const char *bytes = mem_printf(arena, "a,b\n%s\n1,2\n", repeated(arena, "1234567 ", 40000));
    ck_assert_str_eq(read_in_pieces(arena, bytes, 1000), "1[a][b]2(too_long)3[1][2]");
    const char *quoted =
        mem_printf(arena, "a,b\n\"%s\",2\n1,2\n", repeated(arena, "1234567 ", 40000));
    ck_assert_str_eq(read_in_pieces(arena, quoted, 1000), "1[a][b]2(too_long)3[1][2]");
    ck_assert_str_eq(read_in_pieces(arena, repeated(arena, "a,", 200), 1000), "1: too_long");
    mem_free(arena);
}
END_TEST

/* A quote that is never closed would make a row of all that follows. */
START_TEST(a_row_without_end_is_an_open_quote)
{
    void *arena = mem_arena(NULL, 0);
    struct seen seen = {arena, mem_strdup(arena, "")};
    struct csv_reader *reader = csv_reader_new(arena, see, &seen);
    static const char row[] = "name,email\n\"Ada,\n";
    (void)csv_reader_feed(reader, row, strlen(row));
    char *filler = memset(mem_zeroed(arena, 1024), 'x', 1024);
    size_t fed = 0;
    while (csv_reader_fault(reader).line == 0 && fed < 1024 * 1024)
        fed += csv_reader_feed(reader, filler, 1024);
    ck_assert_int_eq(csv_reader_fault(reader).line, 2);
    ck_assert_str_eq(csv_reader_fault(reader).code, "open_quote");
    ck_assert_uint_lt(fed, 300 * 1024);
    csv_reader_end(reader);
    ck_assert_str_eq(seen.text, "1[name][email]");
    mem_free(arena);
}
END_TEST

/* What wants no more for now is given no more. */
static bool see_one(void *context, const struct csv_row *row)
{
    (void)see(context, row);
    return false;
}

START_TEST(a_row_at_a_time_if_that_is_wanted)
{
    void *arena = mem_arena(NULL, 0);
    struct seen seen = {arena, mem_strdup(arena, "")};
    struct csv_reader *reader = csv_reader_new(arena, see_one, &seen);
    static const char rows[] = "a\nb\n\nc";
    size_t first = csv_reader_feed(reader, rows, strlen(rows));
    ck_assert_str_eq(seen.text, "1[a]");
    size_t second = csv_reader_feed(reader, rows + first, strlen(rows) - first);
    ck_assert_str_eq(seen.text, "1[a]2[b]");
    ck_assert_uint_eq(csv_reader_feed(reader, rows + first + second, strlen(rows) - first - second),
                      strlen(rows) - first - second);
    csv_reader_end(reader);
    ck_assert_str_eq(seen.text, "1[a]2[b]4[c]");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("csv_reader", rows_are_read_whatever_the_pieces, a_line_may_say_what_parts_the_cells,
           quotes_are_taken_at_their_word, a_row_that_is_too_long_is_none_and_the_next_is_read,
           a_row_without_end_is_an_open_quote, a_row_at_a_time_if_that_is_wanted)
