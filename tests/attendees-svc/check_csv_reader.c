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
    return true;
}

static const char *read_in_pieces(void *arena, const char *input, size_t piece)
{
    struct seen seen = {arena, mem_strdup(arena, "")};
    struct csv_reader *reader = csv_reader_new(arena, see, &seen);
    for (size_t size = strlen(input), at = 0; at < size; at += piece)
        (void)csv_reader_feed(reader, input + at, size - at < piece ? size - at : piece);
    csv_reader_end(reader);
    int64_t junk = csv_reader_junk(reader);
    return junk == 0 ? seen.text : mem_printf(arena, "%sjunk in %lld", seen.text, (long long)junk);
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
        {"a,b\n1,\xff\n3,4\n", "1[a][b]junk in 2"},
        {"a, b ,\" c \"\n", "1[a][b][ c ]"},
        {"a,b\n\"x\r\n\r\ny\",2\r\n3,4\r\n", "1[a][b]2[x\r\n\r\ny][2]5[3][4]"},
        {"a\n\n\n\xff", "1[a]junk in 4"},
        {"PK\x03\x04,\n", "junk in 1"},
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

/* A quote that is never closed would make a row of all that follows. */
START_TEST(a_row_without_end_is_junk)
{
    void *arena = mem_arena(NULL, 0);
    struct seen seen = {arena, mem_strdup(arena, "")};
    struct csv_reader *reader = csv_reader_new(arena, see, &seen);
    static const char row[] = "name,email\n\"Ada,\n";
    (void)csv_reader_feed(reader, row, strlen(row));
    char *filler = memset(mem_zeroed(arena, 1024), 'x', 1024);
    size_t fed = 0;
    while (csv_reader_junk(reader) == 0 && fed < 1024 * 1024)
        fed += csv_reader_feed(reader, filler, 1024);
    ck_assert_int_eq(csv_reader_junk(reader), 2);
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

CHECK_MAIN("csv_reader", rows_are_read_whatever_the_pieces, a_row_without_end_is_junk,
           a_row_at_a_time_if_that_is_wanted)
