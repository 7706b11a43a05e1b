#include "attendees-svc/import.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "attendees-svc/csv_reader.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"
#include "libshared/contract/problem.h"
#include "libshared/http/media_type.h"
#include "libshared/http/query.h"

#define PAGE_BYTES (200 * 1024)
#define COLUMNS 5

static const char *const columns[COLUMNS] = {"name", "email", "phone", "external_id",
                                             "marketing_consent"};
static const struct {
    const char *said, *column;
} other_names[] = {
    {"full_name", "name"},
    {"e_mail", "email"},
    {"mail", "email"},
    {"telephone", "phone"},
    {"mobile", "phone"},
    {"email_address", "email"},
    {"consent", "marketing_consent"},
};

/* It outlives the request while a page is still on its way. */
struct upload {
    void *arena;
    struct facade_call *call; /* NULL: the client has gone */
    const char *event_id, *key;
    char id[ID_SIZE];
    bool dry_run;
    struct csv_reader *reader;
    bool has_header;
    const char *mapped[200]; /* by the file's columns; NULL: passed over */
    size_t n_mapped;
    json_t *missing; /* columns that the header lacks; NULL: none */
    json_t *rows, *errors;
    size_t bytes;
    uint64_t pages;
    bool asked, ended, last_sent, answered;
};

struct guest {
    struct upload *upload;
};

static int leave(struct guest *guest)
{
    struct upload *upload = guest->upload;
    upload->call = NULL;
    if (!upload->asked)
        mem_free(upload->arena);
    return 0;
}

static int free_lists(struct upload *upload)
{
    json_decref(upload->rows);
    json_decref(upload->errors);
    json_decref(upload->missing);
    return 0;
}

/* --- Rows --- */

static void tell(struct upload *upload, int64_t line, const char *column, const char *code)
{
    if (json_array_size(upload->errors) < IMPORT_ERRORS)
        (void)json_array_append_new(upload->errors, json_pack("{sIss*ss}", "line", (json_int_t)line,
                                                              "column", column, "code", code));
}

static const char *column_of(const char *said)
{
    char name[40] = "";
    size_t n = 0;
    for (; *said == ' '; said++)
        ;
    for (; *said != '\0' && n < sizeof name - 1; said++)
        name[n++] = isalnum((unsigned char)*said) ? (char)tolower((unsigned char)*said) : '_';
    while (n > 0 && name[n - 1] == '_')
        name[--n] = '\0';
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i], name) == 0)
            return columns[i];
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcmp(other_names[i].said, name) == 0)
            return other_names[i].column;
    return NULL;
}

static bool is_mapped(const struct upload *upload, const char *column)
{
    for (size_t i = 0; i < upload->n_mapped; i++)
        if (upload->mapped[i] != NULL && strcmp(upload->mapped[i], column) == 0)
            return true;
    return false;
}

static void take_header(struct upload *upload, const struct csv_row *row)
{
    upload->has_header = true;
    for (size_t i = 0; i < row->n; i++) {
        const char *column = column_of(row->cells[i]);
        if (column != NULL && is_mapped(upload, column))
            column = NULL;
        if (column == NULL && *row->cells[i] != '\0' && strlen(row->cells[i]) <= IMPORT_CELL)
            tell(upload, row->line, row->cells[i], "unknown_column");
        upload->mapped[upload->n_mapped++] = column;
    }
    for (size_t i = 0; i < 2; i++) /* name and email */
        if (!is_mapped(upload, columns[i])) {
            upload->missing = upload->missing != NULL ? upload->missing : json_array();
            (void)json_array_append_new(upload->missing, json_string(columns[i]));
        }
}

/* An export puts an apostrophe before what a spreadsheet would run. */
static const char *plain(const char *cell)
{
    return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@\t\r", cell[1]) != NULL ? cell + 1
                                                                                     : cell;
}

static void take_cells(struct upload *upload, const struct csv_row *row)
{
    json_t *cells = json_pack("{sI}", "line", (json_int_t)row->line);
    bool good = true;
    for (size_t i = 0; i < row->n && i < upload->n_mapped; i++) {
        const char *cell = plain(row->cells[i]);
        if (upload->mapped[i] == NULL || *cell == '\0')
            continue;
        if (strlen(cell) > IMPORT_CELL) {
            tell(upload, row->line, upload->mapped[i], "too_long");
            good = false;
        }
        (void)json_object_set_new(cells, upload->mapped[i], json_string(cell));
        upload->bytes += strlen(cell);
    }
    if (good)
        (void)json_array_append(upload->rows, cells);
    json_decref(cells);
}

static bool is_full(const struct upload *upload)
{
    return json_array_size(upload->rows) == IMPORT_PAGE || upload->bytes > PAGE_BYTES ||
           json_array_size(upload->errors) == IMPORT_ERRORS;
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct upload *upload = context;
    if (upload->has_header)
        take_cells(upload, row);
    else
        take_header(upload, row);
    return !is_full(upload) && upload->missing == NULL;
}

/* --- Pages --- */

static void send_page(struct upload *upload);

static void answer(struct upload *upload, const struct reply *reply)
{
    struct facade_call *call = upload->call;
    upload->answered = true;
    if (reply->outcome != REPLY_ANSWERED || reply->status != 200) {
        facade_answer(call, reply);
        return;
    }
    void *arena = facade_request(call)->arena;
    facade_header(call, "Idempotency-Key", upload->key);
    facade_header(call, "Cache-Control", "no-store");
    facade_header(call, "Location",
                  mem_printf(arena, "/v1/events/%s/imports/%s", upload->event_id, upload->id));
    facade_respond(call,
                   &(struct http_response){.status = 202,
                                           .content_type = "application/json",
                                           .body = mem_dup(arena, reply->body, reply->body_size),
                                           .body_size = reply->body_size});
}

static void on_page(void *context, const struct reply *reply)
{
    struct upload *upload = context;
    upload->asked = false;
    if (upload->call == NULL) {
        mem_free(upload->arena);
        return;
    }
    bool good = reply->outcome == REPLY_ANSWERED && reply->status == 200;
    if (!good || upload->last_sent)
        answer(upload, reply);
    else if (upload->ended)
        send_page(upload);
    else
        http_wake(facade_request(upload->call));
}

static void send_page(struct upload *upload)
{
    bool junk = csv_reader_junk(upload->reader) != 0;
    json_t *body =
        json_pack("{sssssbsoso}", "event_id", upload->event_id, "import_id", upload->id, "dry_run",
                  upload->dry_run, "rows", upload->rows, "errors", upload->errors);
    upload->last_sent = upload->ended && !is_full(upload);
    if (upload->last_sent)
        (void)json_object_set_new(body, "end", json_string(junk ? "failed" : "done"));
    const char *id =
        mem_printf(upload->arena, "%s/%llu", upload->id, (unsigned long long)upload->pages++);
    upload->rows = json_array();
    upload->errors = json_array();
    upload->bytes = 0;
    upload->asked = true;
    facade_tell(upload->call, "attendee.import", upload->event_id, id, body, on_page, upload);
    json_decref(body);
    mem_free((void *)id);
}

/* --- The request --- */

static size_t take_bytes(struct http_request *request, const char *bytes, size_t size)
{
    struct upload *upload = facade_own(request);
    size_t taken = 0;
    while (taken < size && !upload->asked && !upload->answered && upload->missing == NULL &&
           csv_reader_junk(upload->reader) == 0) {
        taken += csv_reader_feed(upload->reader, bytes + taken, size - taken);
        if (is_full(upload))
            send_page(upload);
    }
    return upload->asked ? taken : size;
}

/* Of the event, the caller's key and what it is for: the same again is the same import. */
static void name_import(struct upload *upload, const char *caller)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    int64_t ms = 0;
    const char *text =
        mem_printf(upload->arena, "%s\n%s\n%s", upload->event_id, caller, upload->key);
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    for (size_t i = 0; i < 6; i++)
        ms = ms << 8 | hash[ID_RANDOM + i];
    id_make(upload->id, IMPORT_PREFIX, ms, hash);
}

static bool read_dry_run(struct facade_call *call, bool *ret_dry_run)
{
    struct query query;
    struct http_request *request = facade_request(call);
    if (query_parse(request->arena, request->query, &query) < 0)
        return false;
    const char *dry_run = query_get(&query, "dry_run");
    *ret_dry_run = dry_run != NULL && strcmp(dry_run, "true") == 0;
    return query.count == (dry_run != NULL) &&
           (dry_run == NULL || *ret_dry_run || strcmp(dry_run, "false") == 0);
}

void import_begin(struct facade_call *call)
{
    struct http_request *request = facade_request(call);
    bool dry_run;
    if (!media_type_is(http_header(request, "Content-Type"), "text/csv")) {
        facade_refuse(call, PROBLEM_unsupported_media_type);
        return;
    }
    if (!read_dry_run(call, &dry_run)) {
        facade_refuse(call, PROBLEM_invalid_request);
        return;
    }
    const char *event_id = facade_parameter(call, "event_id");
    if (!id_valid(command_id_prefix(ID_EVENT), event_id)) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    const char *key = facade_command_id(call);
    if (key == NULL)
        return;
    void *arena = mem_arena(NULL, 0);
    struct upload *upload = mem_new(arena, struct upload);
    *upload = (struct upload){.arena = arena,
                              .call = call,
                              .event_id = mem_strdup(arena, event_id),
                              .key = mem_strdup(arena, key),
                              .dry_run = dry_run,
                              .reader = csv_reader_new(arena, take_row, upload),
                              .rows = json_array(),
                              .errors = json_array()};
    talloc_set_destructor(upload, free_lists);
    struct guest *guest = mem_new(request->arena, struct guest);
    guest->upload = upload;
    talloc_set_destructor(guest, leave);
    name_import(upload, facade_caller(call));
    facade_set_own(call, upload);
    request->sink = take_bytes;
}

static void refuse(struct upload *upload, int64_t line)
{
    upload->answered = true;
    json_t *members = json_pack("{sIsO*}", "line", (json_int_t)line, "missing", upload->missing);
    facade_refuse_with(upload->call, PROBLEM_invalid_csv, members);
    json_decref(members);
}

void import_end(struct facade_call *call)
{
    struct upload *upload = facade_own(facade_request(call));
    if (upload->answered)
        return;
    csv_reader_end(upload->reader);
    upload->ended = true;
    int64_t junk = csv_reader_junk(upload->reader);
    if (!upload->has_header || upload->missing != NULL) {
        refuse(upload, junk > 0 ? junk : 1);
        return;
    }
    if (junk > 0)
        tell(upload, junk, NULL, "invalid_text");
    if (!upload->asked)
        send_page(upload);
}
