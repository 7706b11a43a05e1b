#include "libshared/record/json_text.h"
#include "libshared/service/list_export.h"

#include <string.h>
#include <talloc.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/query.h"
#include "libshared/http/media_type.h"
#include "libshared/http/query.h"
#include "libshared/service/csv.h"
#include "libshared/service/turns.h"

#define CSV "text/csv; charset=utf-8"
#define LINES "application/x-ndjson"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

#define T struct list_export_parameters
static const struct field parameter_fields[] = {
    FIELD(T, bom,
          .summary = "Begin CSV with a byte order mark, by which some spreadsheets know "
                     "that it is UTF-8."),
};
const struct record list_export_parameters_record =
    RECORD("list_export_parameters", T, parameter_fields);
#undef T

/* It outlives the request while a page is still on its way. */
struct export
{
    void *arena;
    const struct list_export *kind;
    struct facade_call *call; /* NULL: the client has gone */
    struct turns *turns;
    struct turn turn; /* to ask for a page */
    json_t *query;
    json_t *questions; /* the columns besides; NULL: none */
    bool lines, begun, failed, last;
    struct csv_text page; /* of an arena of its own; NULL: none */
    size_t sent;
};

static int free_query(struct export *export)
{
    json_decref(export->query);
    json_decref(export->questions);
    return 0;
}

static void leave(void *own)
{
    struct export *export = own;
    export->call = NULL;
    if (export->turn.state == TURN_COME)
        return;
    turns_end(export->turns, &export->turn);
    mem_free(export->arena);
}

/* The row has checked it. */
static bool wants_mark(struct facade_call *call)
{
    const struct http_request *request = facade_request(call);
    struct query query;
    const char *bom =
        query_parse(request->arena, request->query, &query) == 0 ? query_get(&query, "bom") : NULL;
    return bom != NULL && strcmp(bom, "true") == 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void write_header(struct export *export)
{
    if (wants_mark(export->call))
        csv_append(&export->page, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK));
    for (const char *const *column = export->kind->columns; *column != NULL; column++)
        csv_cell(&export->page, *column);
    size_t i;
    const json_t *question;
    json_array_foreach (export->questions, i, question)
        csv_cell(&export->page, text_of(question, "label"));
    csv_end_row(&export->page);
}

static const char *answer_to(const json_t *item, const char *id)
{
    size_t i;
    const json_t *question;
    json_array_foreach (json_object_get(item, "questions"), i, question)
        if (text_equal(text_of(question, "id"), id))
            return text_of(question, "answer");
    return NULL;
}

/* By their ids: while pages are read, questions can be added and renamed. */
static void write_row(struct export *export, const json_t *item)
{
    size_t i;
    const json_t *question;
    export->kind->write_cells(&export->page, item);
    json_array_foreach (export->questions, i, question)
        csv_cell(&export->page, answer_to(item, text_of(question, "id")));
    csv_end_row(&export->page);
}

static void write_line(struct export *export, const json_t *item)
{
    char *line = json_text_dump(NULL, item);
    csv_append(&export->page, line, strlen(line));
    csv_append(&export->page, "\n", 1);
    mem_free(line);
}

static void open_page(struct export *export)
{
    export->page = (struct csv_text){.arena = mem_arena(export->arena, 0)};
    export->sent = 0;
}

static void close_page(struct export *export)
{
    mem_free((void *)export->page.arena);
    export->page = (struct csv_text){0};
}

static void begin(struct export *export, const json_t *items)
{
    export->begun = true;
    if (export->kind->has_questions)
        export->questions = json_incref(json_object_get(json_array_get(items, 0), "questions"));
    write_header(export);
}

/* False: it is no page. */
static bool take_page(struct export *export, const void *body, size_t size)
{
    json_t *page = json_loadb(body, size, 0, NULL), *item;
    const json_t *items = json_object_get(page, "items");
    const char *next = json_string_value(json_object_get(page, "next"));
    size_t i;
    if (!export->lines && !export->begun)
        begin(export, items);
    json_array_foreach (items, i, item) {
        if (export->lines) {
            write_line(export, item);
            continue;
        }
        write_row(export, item);
    }
    bool good = json_is_array(items);
    export->last = next == NULL;
    if (next != NULL)
        (void)json_object_set_new(export->query, "cursor", json_string(next));
    json_decref(page);
    return good;
}

static void on_page(void *context, const struct reply *reply)
{
    struct export *export = context;
    turns_end(export->turns, &export->turn);
    if (export->call == NULL) {
        mem_free(export->arena);
        return;
    }
    open_page(export);
    export->failed = reply->outcome != REPLY_ANSWERED || reply->status != 200 ||
                     !take_page(export, reply->body, reply->body_size);
    http_wake(facade_request(export->call));
}

static void ask(void *context)
{
    struct export *export = context;
    facade_ask(export->call, export->query, on_page, export);
}

static ssize_t pull(void *user, char *buffer, size_t size)
{
    struct export *export = user;
    size_t left = export->page.length - export->sent;
    if (left > 0 && !export->failed) {
        size_t n = left < size ? left : size;
        memcpy(buffer, export->page.at + export->sent, n);
        export->sent += n;
        return (ssize_t)n;
    }
    if (export->page.arena != NULL)
        close_page(export);
    if (export->failed)
        return HTTP_PULL_FAILED;
    if (export->last)
        return HTTP_PULL_END;
    if (export->turn.state == TURN_NONE)
        turns_take(export->turns, &export->turn);
    return HTTP_PULL_LATER;
}

void list_export(struct facade_call *call, const void *body, size_t size,
                 const struct list_export *kind)
{
    void *arena = mem_arena(NULL, 0);
    struct export *export = mem_new(arena, struct export);
    const char *accept = http_header(facade_request(call), "Accept");
    *export = (struct export){.arena = arena,
                              .kind = kind,
                              .call = call,
                              .turns = facade_pages(call),
                              .turn = {.begin = ask, .context = export},
                              .query = facade_message(call),
                              .lines = !media_type_accepted(accept, "text/csv")};
    talloc_set_destructor(export, free_query);
    facade_set_context(call, export, leave);
    (void)json_object_set_new(export->query, "limit", json_integer(LIST_LIMIT_MAX));
    open_page(export);
    export->failed = !take_page(export, body, size);
    facade_header(call, "Cache-Control", "no-store");
    facade_header(call, "Content-Disposition",
                  mem_printf(facade_request(call)->arena, "attachment; filename=\"%s.%s\"",
                             kind->name, export->lines ? "ndjson" : "csv"));
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = export->lines ? LINES : CSV,
                                                 .pull = pull,
                                                 .pull_user = export});
}
