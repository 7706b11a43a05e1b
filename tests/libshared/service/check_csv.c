/* Cells as RFC 4180 has them, none of which a spreadsheet runs. */
#include "tests/support/check_main.h"

#include "libshared/service/csv.h"
#include "libshared/base/mem.h"

START_TEST(cells_are_quoted_and_defused)
{
    static const struct {
        const char *plain, *cell;
    } rows[] = {
        {"Ana", "Ana"},
        {"", ""},
        {"López, Ana", "\"López, Ana\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {" edge ", "\" edge \""},
        {"=1+1", "'=1+1"},
        {"+34600111222", "'+34600111222"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t=1"},
        {"\r=1", "\"'\r=1\""},
        {"=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""},
        {"a=b", "a=b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *arena = mem_arena(NULL, 0);
        struct csv_text text = {.arena = arena};
        csv_cell(&text, rows[i].plain);
        csv_cell(&text, NULL);
        csv_end_row(&text);
        ck_assert_str_eq(text.at, mem_printf(arena, "%s,\r\n", rows[i].cell));
        mem_free(arena);
    }
}
END_TEST

CHECK_MAIN("csv", cells_are_quoted_and_defused)
