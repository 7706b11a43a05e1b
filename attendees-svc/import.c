#include "attendees-svc/import.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "attendees-svc/import_rows.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"
#include "libshared/contract/problem.h"
#include "libshared/http/media_type.h"
#include "libshared/http/query.h"

/* Pages on their way: while the writer takes one in, the next is there already. More would only
 * make its batches longer, and others wait for them. */
#define PAGES_AHEAD 3

/* It outlives the request while pages are still on their way. */
struct upload {
    void *arena;
    struct facade_call *call; /* NULL: the client has gone */
    const char *event_id, *key;
    char id[ID_SIZE];
    bool dry_run;
    char reached[2 * crypto_hash_sha256_BYTES + 1]; /* a hash of all pages sent; "": none yet */
    struct csv_reader *reader;
    struct import_rows *rows;
    uint64_t pages; /* sent so far */
    size_t ahead;   /* of these are not answered yet */
    bool ended, last_sent, answered;
    const char *last; /* what was replied to the last page */
};

struct page {
    struct upload *upload;
    bool last;
};

static void release(struct upload *upload)
{
    if (upload->call == NULL && upload->ahead == 0)
        mem_free(upload->arena);
}

/* --- Pages --- */

static void send_pages(struct upload *upload);

static void accept(struct upload *upload)
{
    struct facade_call *call = upload->call;
    void *arena = facade_request(call)->arena;
    upload->answered = true;
    facade_header(call, "Idempotency-Key", upload->key);
    facade_header(call, "Cache-Control", "no-store");
    facade_header(call, "Location",
                  mem_printf(arena, "/v1/events/%s/imports/%s", upload->event_id, upload->id));
    facade_respond(call, &(struct http_response){.status = 202,
                                                 .content_type = "application/json",
                                                 .body = mem_strdup(arena, upload->last),
                                                 .body_size = strlen(upload->last)});
}

static bool is_taken(const struct reply *reply)
{
    return reply->outcome == REPLY_ANSWERED && reply->status == 200;
}

static void go_on(struct upload *upload, const struct reply *reply)
{
    if (upload->answered)
        return;
    if (!is_taken(reply)) {
        upload->answered = true;
        facade_answer(upload->call, reply);
    } else if (upload->last != NULL && upload->ahead == 0) {
        accept(upload);
    } else if (upload->ended) {
        send_pages(upload);
    } else {
        http_wake(facade_request(upload->call));
    }
}

static void on_page(void *context, const struct reply *reply)
{
    struct page *page = context;
    struct upload *upload = page->upload;
    upload->ahead--;
    if (page->last && is_taken(reply))
        upload->last = mem_strndup(upload->arena, reply->body, reply->body_size);
    mem_free(page);
    if (upload->call != NULL)
        go_on(upload, reply);
    else
        release(upload);
}

static void set_text(json_t *body, const char *name, const char *text)
{
    if (*text != '\0')
        (void)json_object_set_new(body, name, json_string(text));
}

/* Digests all pages before and the page itself. */
static void reach(struct upload *upload, json_t *body)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    set_text(body, "follows", upload->reached);
    char *text = json_dumps(body, JSON_COMPACT);
    (void)crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    free(text);
    text_hex(upload->reached, hash, sizeof hash);
    set_text(body, "reached", upload->reached);
}

static void send_body(struct upload *upload, bool last, json_t *body, const char *suffix)
{
    struct page *page = mem_new(upload->arena, struct page);
    *page = (struct page){upload, last};
    (void)json_object_set_new(body, "event_id", json_string(upload->event_id));
    (void)json_object_set_new(body, "import_id", json_string(upload->id));
    (void)json_object_set_new(body, "dry_run", json_boolean(upload->dry_run));
    char *id = mem_printf(upload->arena, "%s/%llu%s", upload->id, (unsigned long long)upload->pages,
                          suffix);
    upload->ahead++;
    facade_send(upload->call, "attendee.import", upload->event_id, id, body, on_page, page);
    mem_free(id);
    json_decref(body);
}

static void send_page(struct upload *upload)
{
    const struct csv_fault fault = csv_reader_fault(upload->reader);
    bool last = upload->ended && !import_rows_full(upload->rows);
    json_t *body = import_rows_page(upload->rows);
    if (last)
        (void)json_object_set_new(body, "end", json_string(fault.line > 0 ? "failed" : "done"));
    if (last && fault.line > 0)
        (void)json_object_set_new(body, "failure", json_string(fault.code));
    upload->last_sent = last;
    reach(upload, body);
    send_body(upload, last, body, "");
    upload->pages++;
}

/* Sends pages that are full, and the rest once all was read. */
static void send_pages(struct upload *upload)
{
    while (!upload->last_sent && !upload->answered && upload->ahead < PAGES_AHEAD)
        send_page(upload);
}

/* The client went before the end. A command of its own: the page that was being gathered comes
 * whole when the file is sent again. */
static void send_interrupted(struct upload *upload)
{
    json_t *body = json_pack("{s[]ssss}", "rows", "end", "failed", "failure", "interrupted");
    set_text(body, "follows", upload->reached);
    set_text(body, "reached", upload->reached);
    send_body(upload, false, body, "/interrupted");
}

static void leave(void *own)
{
    struct upload *upload = own;
    upload->ahead++; /* so that no reply frees it in here */
    if (upload->pages > 0 && upload->last == NULL)
        send_interrupted(upload);
    upload->call = NULL;
    upload->ahead--;
    release(upload);
}

/* --- The request --- */

static bool is_over(const struct upload *upload)
{
    return upload->answered || import_rows_missing(upload->rows) != NULL ||
           csv_reader_fault(upload->reader).line > 0;
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct upload *upload = context;
    import_rows_take(upload->rows, row);
    return !import_rows_full(upload->rows) && import_rows_missing(upload->rows) == NULL;
}

static size_t take_bytes(struct http_request *request, const char *bytes, size_t size)
{
    struct upload *upload = facade_context(request);
    size_t taken = 0;
    while (taken < size && upload->ahead < PAGES_AHEAD && !is_over(upload)) {
        taken += csv_reader_feed(upload->reader, bytes + taken, size - taken);
        if (import_rows_full(upload->rows))
            send_page(upload);
    }
    return is_over(upload) ? size : taken; /* nobody reads what follows a fault */
}

/* An id made of the event, the caller's key and the purpose: the same again is the same import. */
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

static struct upload *open_upload(struct facade_call *call, const char *event_id, const char *key)
{
    void *arena = mem_arena(NULL, 0);
    struct upload *upload = mem_new(arena, struct upload);
    *upload = (struct upload){.arena = arena,
                              .call = call,
                              .event_id = mem_strdup(arena, event_id),
                              .key = mem_strdup(arena, key),
                              .reader = csv_reader_new(arena, take_row, upload),
                              .rows = import_rows_new(arena)};
    name_import(upload, facade_caller(call));
    return upload;
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
    struct upload *upload = open_upload(call, event_id, key);
    upload->dry_run = dry_run;
    facade_set_context(call, upload, leave);
    request->sink = take_bytes;
}

static void refuse(struct upload *upload, const struct csv_fault *fault)
{
    upload->answered = true;
    json_t *members =
        json_pack("{sIss*sO*}", "line", (json_int_t)(fault->line > 0 ? fault->line : 1), "reason",
                  fault->code, "missing", import_rows_missing(upload->rows));
    facade_refuse_with(upload->call, PROBLEM_invalid_csv, members);
    json_decref(members);
}

void import_end(struct facade_call *call)
{
    struct upload *upload = facade_context(facade_request(call));
    if (upload->answered)
        return;
    csv_reader_end(upload->reader);
    upload->ended = true;
    const struct csv_fault fault = csv_reader_fault(upload->reader);
    if (!import_rows_begun(upload->rows)) {
        refuse(upload, &fault);
        return;
    }
    if (fault.line > 0)
        import_rows_report(upload->rows, fault.line, NULL, fault.code);
    send_pages(upload);
}
