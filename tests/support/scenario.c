#include "tests/support/scenario.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

static int drop_json(json_t **owner)
{
    json_decref(*owner);
    return 0;
}

/* A value that goes with the arena. */
static json_t *own(struct scenario *scenario, json_t *value)
{
    json_t **owner = mem_new(scenario->arena, json_t *);
    *owner = value;
    talloc_set_destructor(owner, drop_json);
    return value;
}

void scenario_open(struct scenario *scenario)
{
    *scenario = (struct scenario){.arena = mem_arena(NULL, 0), .now = SCENARIO_NOW};
    scenario->workset = workset_new(scenario->arena);
    signing_key_make((const uint8_t[SIGNING_SEED]){1}, &scenario->signing_key);
    self_service_key(&scenario->signing_key, scenario->self_service.key);
    scenario->self_service.url = "https://example.org/me";
    scenario->self_service.order_page_url = "https://example.org/my-order";
    scenario->self_service.seconds = 86400;
}

void scenario_close(struct scenario *scenario)
{
    mem_free(scenario->arena);
}

void scenario_given(struct scenario *scenario, const struct collection *collection, const char *id,
                    const void *record)
{
    struct common *copy = mem_dup(scenario->arena, record, collection->record->size);
    copy->id = id;
    copy->version = copy->version > 0 ? copy->version : 1;
    copy->rev = copy->rev > 0 ? copy->rev : 1;
    copy->created_at = copy->created_at != 0 ? copy->created_at : scenario->now;
    workset_loaded(scenario->workset, collection, id, copy);
}

static void show(struct scenario *scenario, struct workset *seen,
                 const struct collection *collection, const char *id, const void *record)
{
    workset_loaded(seen, collection, id,
                   record == NULL ? NULL
                                  : mem_dup(scenario->arena, record, collection->record->size));
}

static void show_found(struct scenario *scenario, struct workset *seen,
                       const struct collection *collection, const struct common *record)
{
    if (record != NULL)
        show(scenario, seen, collection, record->id, record);
}

static bool has_status(const struct collection *collection, const void *record, const char *status)
{
    json_t *shown = record_json(collection->record, record);
    const char *text = json_string_value(json_object_get(shown, "status"));
    bool has = status == NULL || (text != NULL && strcmp(text, status) == 0);
    json_decref(shown);
    return has;
}

static bool waits(const struct collection *collection, const void *record, const char *text)
{
    const struct field *field = record_field(collection->record, "waits_for");
    const struct texts *texts = (const void *)((const char *)record + field->offset);
    bool does = false;
    for (size_t i = 0; i < texts->n; i++)
        does = does || strcmp(texts->at[i], text) == 0;
    return does;
}

struct term_match {
    const char *filter, *text;
    bool found;
};

static void match_term(void *context, const char *filter, const char *text)
{
    struct term_match *match = context;
    if (strcmp(filter, match->filter) == 0 && strcmp(text, match->text) == 0)
        match->found = true;
}

static bool has_term(struct scenario *scenario, const struct store_page *page, const void *record)
{
    struct term_match match = {.filter = page->filter, .text = page->term};
    if (page->filter == NULL)
        return true;
    if (page->term != NULL)
        page->collection->terms(record, scenario->arena, match_term, &match);
    for (size_t i = 0; i < page->terms.n && !match.found; i++) {
        match.text = page->terms.at[i];
        page->collection->terms(record, scenario->arena, match_term, &match);
    }
    return match.found;
}

static void show_page(struct scenario *scenario, struct workset *seen,
                      const struct store_page *page)
{
    const void **records;
    size_t taken = 0, n = workset_of_event(scenario->workset, scenario->arena, page->collection,
                                           page->event_id, &records);
    for (size_t i = 0; i < n && (page->limit == 0 || taken < page->limit); i++) {
        const struct common *record = records[i];
        if ((page->after != NULL && strcmp(record->id, page->after) <= 0) ||
            !has_status(page->collection, record, page->status) ||
            !has_term(scenario, page, record) ||
            (page->waits_for != NULL && !waits(page->collection, records[i], page->waits_for)))
            continue;
        taken++;
        show(scenario, seen, page->collection, record->id, record);
    }
}

static void show_wanted(struct scenario *scenario, struct workset *seen, const struct wants *wants)
{
    for (size_t i = 0; i < wants->n_lists; i++) {
        const struct wants_list *list = &wants->lists[i];
        for (size_t k = 0; k < list->n_ids; k++)
            show(scenario, seen, list->collection, list->ids[k],
                 workset_read(scenario->workset, list->collection, list->ids[k]));
        for (size_t k = 0; k < list->n_keys; k++)
            show_found(scenario, seen, list->collection,
                       workset_find(scenario->workset, list->collection, list->keys[k]));
    }
    for (size_t i = 0; i < wants->n_pages; i++)
        show_page(scenario, seen, &wants->pages[i].page);
    wants_fulfilled(wants, seen);
}

/* As the writer does: what a decision lacks is loaded, and it is begun anew. */
static void run(struct scenario *scenario, struct workset *seen, const struct decision_input *input)
{
    for (bool decided = false; !decided;) {
        struct wants wants;
        wants_open(&wants, scenario->arena, seen);
        decided = decision_run(scenario->arena, seen, &wants, input, &scenario->result);
        if (!decided)
            show_wanted(scenario, seen, &wants);
        wants_close(&wants);
    }
}

static void keep(struct scenario *scenario, const struct workset *seen)
{
    scenario->n_changes = workset_changes(seen, scenario->arena, &scenario->changes);
    for (size_t i = 0; i < scenario->n_changes; i++)
        workset_put(scenario->workset, scenario->changes[i].collection, scenario->changes[i].id,
                    scenario->changes[i].record);
}

static void decide(struct scenario *scenario, const struct command *command, json_t *message)
{
    struct violations violations = {.arena = scenario->arena};
    struct decoder decoder = {.arena = scenario->arena, .violations = &violations};
    struct command_body body;
    json_t *hold;
    bool decoded = command_decode(&decoder, command, message, &body, &hold);
    (void)own(scenario, hold);
    ck_assert_msg(decoded, "%s: %s %s", command->type,
                  violations.n > 0 ? violations.at[0].pointer : "",
                  violations.n > 0 ? violation_code_text(violations.at[0].code) : "");
    uint8_t receipt_id[RECEIPT_ID] = {0};
    scenario->n++;
    memcpy(receipt_id, &scenario->n, sizeof scenario->n);
    struct decision_input input = {.handler = rules_find(command->type),
                                   .body = &body,
                                   .source = SCENARIO_SOURCE,
                                   .id = mem_printf(scenario->arena, "command-%u", scenario->n),
                                   .if_match = scenario->if_match,
                                   .receipt_id = receipt_id,
                                   .now = scenario->now,
                                   .epoch = scenario->epoch,
                                   .partition = 0,
                                   .partitions = 1,
                                   .max_hold_seconds = 3600,
                                   .signing_key = &scenario->signing_key,
                                   .self_service = &scenario->self_service};
    memcpy(input.seed, receipt_id, sizeof input.seed);
    ck_assert_msg(input.handler != NULL, "nothing decides %s", command->type);
    struct workset *seen = workset_new(scenario->arena);
    run(scenario, seen, &input);
    keep(scenario, seen);
}

/* Neither people nor codes are in a fact. */
static void check_facts(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->result.n_outgoing; i++) {
        const struct outgoing *fact = &scenario->result.outgoing[i];
        if (strstr(fact->topic, ".facts") == NULL)
            continue;
        ck_assert_msg(strpbrk(fact->body, "@+") == NULL && strstr(fact->body, "Secret") == NULL,
                      "%s tells of people: %s", fact->type, fact->body);
        size_t n;
        json_t *ticket;
        const char *own = json_string_value(json_object_get(scenario->body, "code"));
        ck_assert_msg(own == NULL ||
                          strstr(fact->body, mem_printf(scenario->arena, "\"%s\"", own)) == NULL,
                      "%s tells a code", fact->type);
        json_array_foreach (json_object_get(scenario->body, "tickets"), n, ticket) {
            const char *code = json_string_value(json_object_get(ticket, "code"));
            ck_assert_msg(code == NULL || strstr(fact->body, code) == NULL, "%s tells a code",
                          fact->type);
        }
    }
}

void scenario_when(struct scenario *scenario, const char *type, const char *body_format, ...)
{
    va_list arguments;
    va_start(arguments, body_format);
    char *text = talloc_vasprintf(scenario->arena, body_format, arguments);
    va_end(arguments);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_error_t error;
    json_t *message = own(scenario, json_loads(text, JSON_REJECT_DUPLICATES, &error));
    ck_assert_msg(message != NULL, "%s in %s", error.text, text);
    const struct command *command = command_find(type);
    ck_assert_msg(command != NULL, "no command %s", type);
    decide(scenario, command, message);
    scenario->body = *scenario->result.answer.body == '\0'
                         ? NULL
                         : own(scenario, json_loads(scenario->result.answer.body, 0, NULL));
    check_facts(scenario);
}

const struct signing_key *scenario_signing_key(const struct scenario *scenario)
{
    return &scenario->signing_key;
}

const void *scenario_record(const struct scenario *scenario, const struct collection *collection,
                            const char *id)
{
    return workset_read(scenario->workset, collection, id);
}

json_t *scenario_emitted(struct scenario *scenario, const char *type, size_t nth)
{
    for (size_t i = 0; i < scenario->result.n_outgoing; i++)
        if (strcmp(scenario->result.outgoing[i].type, type) == 0 && nth-- == 0)
            return own(scenario, json_loads(scenario->result.outgoing[i].body, 0, NULL));
    return NULL;
}

static json_t *at_path(const struct scenario *scenario, const char *path)
{
    json_t *value = scenario->body;
    while (value != NULL && *path != '\0') {
        char name[64];
        size_t length = strcspn(path, "/");
        ck_assert_uint_lt(length, sizeof name);
        memcpy(name, path, length);
        name[length] = '\0';
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
        path += length + (path[length] == '/');
    }
    return value;
}

const char *scenario_text(const struct scenario *scenario, const char *path)
{
    const char *text = json_string_value(at_path(scenario, path));
    return text != NULL ? text : "";
}

int64_t scenario_number(const struct scenario *scenario, const char *path)
{
    json_t *value = at_path(scenario, path);
    return json_is_integer(value) ? json_integer_value(value) : INT64_MIN;
}

bool scenario_flag(const struct scenario *scenario, const char *path)
{
    return at_path(scenario, path) != NULL;
}

static void told_nothing(const struct scenario *scenario)
{
    ck_assert_uint_eq(scenario->n_changes, 0);
    ck_assert_uint_eq(scenario->result.n_outgoing, 0);
}

void scenario_refused(const struct scenario *scenario, int status, const char *code)
{
    ck_assert_msg(scenario->result.answer.status == status &&
                      strcmp(scenario_text(scenario, "code"), code) == 0,
                  "%d %s instead of %d %s", scenario->result.answer.status,
                  scenario->result.answer.body, status, code);
    told_nothing(scenario);
}

void scenario_invalid(const struct scenario *scenario, const char *const *errors)
{
    scenario_refused(scenario, 422, "validation_failed");
    size_t n;
    json_t *error;
    json_array_foreach (json_object_get(scenario->body, "errors"), n, error) {
        const char *pointer = json_string_value(json_object_get(error, "pointer"));
        const char *code = json_string_value(json_object_get(error, "code"));
        ck_assert_msg(errors[n] != NULL, "also %s %s", pointer, code);
        ck_assert_str_eq(mem_printf(scenario->arena, "%s %s", pointer, code), errors[n]);
    }
    ck_assert_msg(errors[n] == NULL, "no %s", errors[n]);
}

void scenario_unchanged(const struct scenario *scenario, int status)
{
    ck_assert_msg(scenario->result.answer.status == status, "%s", scenario->result.answer.body);
    told_nothing(scenario);
}
