#include "attendees-svc/import.h"

#include <sodium.h>
#include <string.h>

#include "attendees-svc/charset_reader.h"
#include "attendees-svc/import_request.h"
#include "attendees-svc/import_rows.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"
#include "libshared/contract/problem.h"
#include "libshared/http/media_type.h"
#include "libshared/record/json_text.h"

/* Pages on their way: while the writer takes one in, the next is there already. More would only
 * make its batches longer, and others wait for them. */
#define PAGES_AHEAD 3

/* It outlives the request while pages are still on their way. */
struct upload {
    void *arena;
    struct facade_call *call; /* NULL: the client has gone */
    const char *event_id, *key;
    char id[ID_SIZE];
    struct import_request asked;
    char reached[2 * crypto_hash_sha256_BYTES + 1]; /* a hash of all pages sent; "": none yet */
    struct charset_reader *text;
    struct csv_reader *reader;
    struct import_rows *rows;
    uint64_t pages;            /* sent so far */
    size_t ahead;              /* of these are not answered yet */
    bool came, flushed, ended; /* all bytes; all text; all rows */
    bool last_sent, answered;
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

static void finish(struct upload *upload);

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
    } else if (upload->came) {
        finish(upload);
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
    char *text = json_text_dump(NULL, body);
    (void)crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    mem_free(text);
    text_hex(upload->reached, hash, sizeof hash);
    set_text(body, "reached", upload->reached);
}

static json_t *texts_json(const struct texts *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->n; i++)
        (void)json_array_append_new(list, json_string(texts->at[i]));
    return list;
}

static void send_body(struct upload *upload, bool last, json_t *body, const char *suffix)
{
    struct page *page = mem_new(upload->arena, struct page);
    *page = (struct page){upload, last};
    (void)json_object_set_new(body, "event_id", json_string(upload->event_id));
    (void)json_object_set_new(body, "import_id", json_string(upload->id));
    (void)json_object_set_new(body, "dry_run", json_boolean(upload->asked.dry_run.value));
    if (upload->asked.lenient.n > 0)
        (void)json_object_set_new(body, "lenient", texts_json(&upload->asked.lenient));
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
    return upload->answered || import_rows_faults(upload->rows) != NULL ||
           csv_reader_fault(upload->reader).line > 0;
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct upload *upload = context;
    import_rows_take(upload->rows, row);
    return !import_rows_full(upload->rows) && import_rows_faults(upload->rows) == NULL;
}

/* Reads the text that has come, as far as pages may be sent. True: none is left. */
static bool read_text(struct upload *upload)
{
    size_t n;
    for (const char *text; (text = charset_reader_text(upload->text, &n), n > 0);) {
        if (upload->ahead == PAGES_AHEAD || is_over(upload))
            return false;
        charset_reader_take(upload->text, csv_reader_feed(upload->reader, text, n));
        if (import_rows_full(upload->rows))
            send_page(upload);
    }
    return true;
}

static size_t take_bytes(struct http_request *request, const char *bytes, size_t size)
{
    struct upload *upload = facade_context(request);
    size_t taken = 0;
    while (read_text(upload) && taken < size)
        taken += charset_reader_feed(upload->text, bytes + taken, size - taken);
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

/* NULL: it is answered. */
static struct upload *open_upload(struct facade_call *call, const char *event_id)
{
    void *arena = mem_arena(NULL, 0);
    struct upload *upload = mem_new(arena, struct upload);
    const char *key = NULL;
    if (facade_parameters(call, arena, &import_request_record, &upload->asked))
        key = facade_command_id(call);
    if (key == NULL) {
        mem_free(arena);
        return NULL;
    }
    upload->arena = arena;
    upload->call = call;
    upload->event_id = mem_strdup(arena, event_id);
    upload->key = mem_strdup(arena, key);
    upload->text = charset_reader_new(arena, upload->asked.charset);
    upload->reader = csv_reader_new(arena, take_row, upload);
    upload->rows = import_rows_new(arena, &upload->asked.columns, &upload->asked.lenient);
    name_import(upload, facade_caller(call));
    return upload;
}

void import_begin(struct facade_call *call)
{
    struct http_request *request = facade_request(call);
    if (!media_type_is(http_header(request, "Content-Type"), "text/csv")) {
        facade_refuse(call, PROBLEM_unsupported_media_type);
        return;
    }
    const char *event_id = facade_parameter(call, "event_id");
    if (!id_valid(command_id_prefix(ID_EVENT), event_id)) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    struct upload *upload = open_upload(call, event_id);
    if (upload == NULL)
        return;
    facade_set_context(call, upload, leave);
    request->sink = take_bytes;
}

static void refuse(struct upload *upload, const struct csv_fault *fault)
{
    upload->answered = true;
    json_t *faults = import_rows_faults(upload->rows);
    json_t *members = json_pack("{sIss*}", "line", (json_int_t)(fault->line > 0 ? fault->line : 1),
                                "reason", fault->code);
    facade_refuse_with(upload->call, PROBLEM_invalid_csv, faults != NULL ? faults : members);
    json_decref(members);
}

/* False: pages must be answered first. */
static bool read_rest(struct upload *upload)
{
    bool all = read_text(upload);
    if (all && !upload->flushed) {
        upload->flushed = true;
        charset_reader_end(upload->text);
        all = read_text(upload);
    }
    return all || is_over(upload);
}

/* What is left once all bytes have come, as far as pages may be sent. */
static void finish(struct upload *upload)
{
    if (!upload->ended && !read_rest(upload))
        return;
    if (!upload->ended) {
        upload->ended = true;
        csv_reader_end(upload->reader);
        const struct csv_fault fault = csv_reader_fault(upload->reader);
        if (!import_rows_begun(upload->rows)) {
            refuse(upload, &fault);
            return;
        }
        if (fault.line > 0)
            import_rows_report(upload->rows, fault.line, NULL, fault.code);
    }
    send_pages(upload);
}

void import_end(struct facade_call *call)
{
    struct upload *upload = facade_context(facade_request(call));
    if (upload->answered)
        return;
    upload->came = true;
    finish(upload);
}
