#include "db-svc/read/list_page.h"

#include <string.h>

#include "db-svc/read/cursor.h"
#include "libshared/base/mem.h"

#define LOADED_BYTES (2 * 1024 * 1024) /* of the records it is made of */

bool list_page_take(void *context, void *record)
{
    struct list_page *page = context;
    page->more = page->n == page->limit || page->bytes > LOADED_BYTES;
    if (page->more)
        return false;
    page->records = mem_grow(page->arena, page->records, void *, page->n + 1);
    page->records[page->n++] = record;
    page->bytes += talloc_total_size(talloc_parent(record));
    return true;
}

struct text {
    char *at;
    size_t length;
};

static void append(const void *arena, struct text *text, const char *more, size_t length)
{
    text->at = mem_grow(arena, text->at, char, text->length + length + 1);
    memcpy(text->at + text->length, more, length);
    text->length += length;
    text->at[text->length] = '\0';
}

/* False: the page is full without it. */
static bool append_item(const struct query *query, struct text *text, const struct record *record,
                        const void *members, bool first)
{
    const char *item = record_text(query->arena, record, members);
    size_t length = strlen(item);
    bool fits = first || text->length + length < LIST_PAGE_BYTES;
    if (fits) {
        append(query->arena, text, ",", first ? 0 : 1);
        append(query->arena, text, item, length);
    }
    return fits;
}

const char *list_page_write(const struct query *query, const struct store_list *list,
                            const struct list_page *page)
{
    const struct record *record = page->record != NULL ? page->record : list->collection->record;
    struct text text = {NULL, 0};
    size_t shown = 0;
    append(query->arena, &text, "{\"items\":[", strlen("{\"items\":["));
    while (shown < page->n && append_item(query, &text, record, page->records[shown], shown == 0))
        shown++;
    bool more = page->more || shown < page->n;
    const char *end = !more
                          ? "],\"next\":null}"
                          : mem_printf(query->arena, "],\"next\":\"%s\"}",
                                       cursor_write(query->arena, list, page->records[shown - 1]));
    append(query->arena, &text, end, strlen(end));
    return text.at;
}
