/* Lists that come by pages: good rows are taken, bad ones told by line and column. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/linking.h"
#include "db-svc/rules/people/registration.h"
#include "db-svc/rules/people/attendee_counts.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"

struct importing {
    struct decision *decision;
    const struct event *event;
    const struct import_page *page;
    struct import *import;
    size_t told;                   /* of the page's errors */
    const char *keys[IMPORT_PAGE]; /* of the page's rows so far */
    size_t n;
    struct linking_person people[IMPORT_PAGE]; /* that were taken in */
    size_t n_people;
};

static const char *detail_of(const char *code)
{
    static const struct {
        const char *code, *detail;
    } known[] = {
#define VIOLATION(code, detail) {#code, detail},
#include "libshared/record/violations.def"
#undef VIOLATION
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].code, code) == 0)
            return known[i].detail;
    for (int i = 0; i < PROBLEM_NONE; i++)
        if (strcmp(problem_code_text((enum problem_code)i), code) == 0)
            return problem_detail((enum problem_code)i);
    return NULL;
}

static void report_row(struct importing *importing, int64_t line, const char *column,
                       const char *code)
{
    struct import *import = importing->import;
    if (import->errors.n == IMPORT_ERRORS)
        return;
    import->errors.at[import->errors.n++] = (struct import_error){
        .line = line, .column = column, .code = code, .detail = detail_of(code)};
}

/* Words without case and accents. */
static const char yes[] = " yes y true 1 si s ja j oui o sim tak kylla ano igen evet da ",
                  no[] = " no n false 0 nein non nao nee nie nej nei ei ne nem hayir nu ";

static bool says(const void *arena, const char *folded, const char *words)
{
    return strchr(folded, ' ') == NULL && strstr(words, mem_printf(arena, " %s ", folded)) != NULL;
}

static json_t *consent_of(const void *arena, const char *text)
{
    const char *folded = text_fold(arena, text, false);
    bool given = says(arena, folded, yes);
    if (given || says(arena, folded, no))
        return json_pack("{sbss}", "given", given, "source", "import");
    return json_string(text); /* which is no consent: the violation says so */
}

static json_t *person_of(const void *arena, const struct import_row *row)
{
    json_t *person = record_json(&import_row_record, row);
    (void)json_object_del(person, "line");
    if (row->marketing_consent != NULL)
        (void)json_object_set_new(person, "marketing_consent",
                                  consent_of(arena, row->marketing_consent));
    return person;
}

/* Whether the page takes a row without this member. */
static bool is_lenient(const struct importing *importing, const struct violation *violation)
{
    return texts_have(&importing->page->lenient, violation->pointer + strlen("#/"));
}

/* Tells what is wrong. How many members are wrong that the row cannot come without. */
static size_t report_violations(struct importing *importing, int64_t line,
                                const struct violations *violations, json_t *person)
{
    size_t bad = 0;
    for (size_t i = 0; i < violations->n; i++) {
        const struct violation *violation = &violations->at[i];
        report_row(importing, line, violation->pointer + strlen("#/"),
                   violation_code_text(violation->code));
        if (is_lenient(importing, violation))
            (void)json_object_del(person, violation->pointer + strlen("#/"));
        else
            bad++;
    }
    return bad;
}

/* False: told what is wrong. */
static bool decode(struct importing *importing, const struct import_row *row,
                   struct attendee *ret_wanted)
{
    json_t *person = person_of(decision_arena(importing->decision), row);
    struct decoder decoder = decision_decoder(importing->decision);
    bool good = record_decode(&decoder, &attendee_record, person, ret_wanted);
    if (!good && report_violations(importing, row->line, decoder.violations, person) == 0) {
        decoder = decision_decoder(importing->decision);
        good = record_decode(&decoder, &attendee_record, person, ret_wanted);
    }
    json_decref(person);
    return good;
}

static bool is_repeated(struct importing *importing, const char *key)
{
    for (size_t i = 0; i < importing->n; i++)
        if (strcmp(importing->keys[i], key) == 0)
            return true;
    importing->keys[importing->n++] = key;
    return false;
}

static bool take(struct importing *importing, const struct import_row *row)
{
    struct decision *decision = importing->decision;
    const struct event *event = importing->event;
    bool dry = importing->import->dry_run.value;
    struct attendee wanted;
    if (!decode(importing, row, &wanted))
        return false;
    int64_t ahead = dry ? importing->import->imported : 0;
    registration_prepare(decision, event, &wanted);
    if (!registration_claim(decision, &wanted, NULL) ||
        is_repeated(importing, attendee_key_identity(decision, &wanted))) {
        report_row(importing, row->line, "email", "duplicate_email");
        return false;
    }
    if (event->attendee_limit.set &&
        attendee_counts_present(decision, event->id) + ahead >= event->attendee_limit.value) {
        report_row(importing, row->line, NULL, "full");
        return false;
    }
    if (!dry)
        importing->people[importing->n_people++].now = registration_add(decision, &wanted);
    return true;
}

/* All that the rows read, so that it is loaded at once. */
static void want_rows(struct decision *decision, const char *event_id,
                      const struct import_page *page)
{
    for (size_t i = 0; i < page->rows.n; i++) {
        const char *email = page->rows.at[i].email;
        if (email == NULL)
            continue;
        registration_want(decision, event_id, email);
        if (!page->dry_run.value)
            linking_want(decision, event_id, email);
    }
}

/* Those with one address are told apart by their names. */
static void want_names(struct decision *decision, const char *event_id,
                       const struct import_page *page)
{
    for (size_t i = 0; i < page->rows.n; i++)
        if (page->rows.at[i].email != NULL && page->rows.at[i].name != NULL)
            attendee_key_want(decision, event_id, page->rows.at[i].email, page->rows.at[i].name);
}

/* The import as it was, with room for what this page has to tell. */
static struct import *import_of(struct decision *decision, const struct command_body *body)
{
    const char *id = body->ids[ID_IMPORT];
    bool there = decision_read(decision, &collection_imports, id) != NULL;
    struct import *import = there ? decision_change(decision, &collection_imports, id)
                                  : decision_add(decision, &collection_imports, id);
    const import_errors before = import->errors;
    import->event_id = body->ids[ID_EVENT];
    import->errors.at = mem_array(decision_arena(decision), struct import_error, IMPORT_ERRORS);
    if (before.n > 0)
        memcpy(import->errors.at, before.at, before.n * sizeof *before.at);
    if (import->ignored_columns.at == NULL) /* shown, though there are none */
        import->ignored_columns.at = mem_array(decision_arena(decision), const char *, 1);
    return import;
}

/* Counts the lines that could not be brought as rows, or were passed over. */
static void count_unread(struct import *import, const struct import_page *page)
{
    int64_t last = 0;
    size_t row = 0;
    for (size_t i = 0; i < page->errors.n; i++) {
        const struct import_error *error = &page->errors.at[i];
        while (row < page->rows.n && page->rows.at[row].line < error->line)
            row++;
        bool is_row = row < page->rows.n && page->rows.at[row].line == error->line;
        bool unread = error->line != last && !is_row;
        bool skipped = strcmp(error->code, IMPORT_SKIPPED) == 0;
        import->skipped += unread && skipped;
        import->rejected += unread && !skipped;
        last = error->line;
    }
}

/* So that all is told in the order of the lines. */
static void report_until(struct importing *importing, int64_t line)
{
    const import_errors *errors = &importing->page->errors;
    for (; importing->told < errors->n && errors->at[importing->told].line < line;
         importing->told++) {
        const struct import_error *error = &errors->at[importing->told];
        report_row(importing, error->line, error->column, error->code);
    }
}

/* How far in the file a page goes. */
static int64_t last_line(const struct import_page *page)
{
    int64_t row = page->rows.n > 0 ? page->rows.at[page->rows.n - 1].line : 0;
    int64_t error = page->errors.n > 0 ? page->errors.at[page->errors.n - 1].line : 0;
    return row > error ? row : error;
}

static void move_on(struct decision *decision, struct import *import,
                    const struct import_page *page)
{
    bool ends = page->end != IMPORT_UNSET;
    int64_t line = last_line(page);
    import->reached = page->reached;
    import->line = line > import->line ? line : import->line;
    import->status = ends ? page->end : IMPORT_RUNNING;
    import->failure = page->end == IMPORT_FAILED ? page->failure : IMPORT_NO_FAILURE;
    import->due_at = (struct opt_time){!ends, decision_now(decision) + IMPORT_PATIENCE_MS};
    import->partition = decision_partition(decision);
}

/* The errors are told with the last page: else each answer would be as long as the list is bad. */
static struct answer answer_page(struct decision *decision, const struct import *import)
{
    struct import shown = *import;
    if (import->status == IMPORT_RUNNING)
        shown.errors.n = 0;
    return answer_ok(decision, &import_record, &shown);
}

static bool follows(const struct import_page *page, const struct import *was)
{
    const char *reached = was != NULL && was->reached != NULL ? was->reached : "";
    return strcmp(reached, page->follows != NULL ? page->follows : "") == 0;
}

/* It may follow the next time that it is sent. */
static struct answer refuse_page(struct decision *decision)
{
    struct answer refusal = answer_refuse(decision, PROBLEM_idempotency_key_reused);
    refusal.no_receipt = true;
    return refusal;
}

DECISION(attendee_import, import_page_record)
{
    struct answer refusal;
    decision_want(decision, &collection_events, body->ids[ID_EVENT]);
    want_rows(decision, body->ids[ID_EVENT], request);
    const struct import *was = decision_read(decision, &collection_imports, body->ids[ID_IMPORT]);
    if (was != NULL && was->status == IMPORT_DONE && request->failure == IMPORT_INTERRUPTED)
        return answer_ok(decision, &import_record, was);
    if (!follows(request, was))
        return refuse_page(decision);
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL || !registration_open(decision, event, &refusal))
        return refusal;
    if (attendee_key_shared(decision, event->id))
        want_names(decision, event->id, request);
    struct importing importing = {
        .decision = decision, .event = event, .page = request, .import = import_of(decision, body)};
    struct import *import = importing.import;
    import->dry_run = request->dry_run;
    if (request->ignored_columns.n > 0)
        import->ignored_columns = request->ignored_columns;
    count_unread(import, request);
    for (size_t i = 0; i < request->rows.n; i++) {
        report_until(&importing, request->rows.at[i].line);
        bool taken = take(&importing, &request->rows.at[i]);
        import->imported += taken;
        import->rejected += !taken;
    }
    report_until(&importing, INT64_MAX);
    linking_take(decision, event->id, importing.people, importing.n_people);
    move_on(decision, import, request);
    return answer_page(decision, import);
}

static struct answer attendee_import_lapse(struct decision *decision,
                                           const struct command_body *body)
{
    struct answer refusal;
    const struct import *was = edit_find(decision, &collection_imports, body, ID_IMPORT, &refusal);
    if (was == NULL)
        return refusal;
    if (!was->due_at.set || was->due_at.ms > decision_now(decision))
        return answer_not_due(decision, &import_record, was);
    struct import *import = decision_change(decision, &collection_imports, was->id);
    import->status = IMPORT_FAILED;
    import->failure = IMPORT_INTERRUPTED;
    import->due_at.set = false;
    return answer_ok(decision, &import_record, import);
}

const struct handler attendee_import_handlers[] = {
    {"attendee.import", attendee_import, &import_page_record, .changes = IMPORT_PAGE},
    {"attendee.import_lapse", attendee_import_lapse},
    {0},
};
