#include "db-svc/rules/turn_run.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/ticket_type.h"
#include "libshared/http/conditional.h"
#include "libshared/kafka/partitioner.h"

/* A record as this turn left it, until the answer says whether it counts. */
struct touched {
    const struct collection *collection;
    const char *id;
    struct common *record; /* NULL: removed */
    bool kept;             /* whatever the answer is */
};

struct told {
    struct outgoing message;
    bool carries_stock;
};

/* A row of the ledger, and whose. */
struct entered {
    struct turn_stock stock;
    struct ledger_row row;
};

struct turn {
    void *arena;
    struct workset *workset;
    const struct turn_input *input;
    uint64_t drawn; /* how often the seed was drawn from */
    struct touched *touched;
    size_t n_touched;
    struct told *told;
    size_t n_told;
    const char **shown, **forgotten;
    size_t n_shown, n_forgotten;
    struct entered *entered;
    size_t n_entered;
};

void *turn_arena(struct turn *turn)
{
    return turn->arena;
}

int64_t turn_now(const struct turn *turn)
{
    return turn->input->now;
}

struct turn_caller turn_caller(const struct turn *turn)
{
    return (struct turn_caller){.command = turn->input->body->command->type,
                                .source = turn->input->source,
                                .id = turn->input->id};
}

int32_t turn_partition(const struct turn *turn)
{
    return turn->input->partition;
}

int64_t turn_max_hold_seconds(const struct turn *turn)
{
    return turn->input->max_hold_seconds;
}

void turn_random(struct turn *turn, void *out, size_t n)
{
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
    memcpy(nonce, &turn->drawn, sizeof turn->drawn);
    turn->drawn++;
    (void)crypto_stream_chacha20(out, n, nonce, turn->input->seed);
}

const char *turn_sign(struct turn *turn, const char *event_id, const char *code)
{
    return signing_sign(turn->arena, turn->input->signing_key, event_id, code);
}

const char *turn_id(struct turn *turn, const char *prefix)
{
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(turn->arena, ID_SIZE);
    turn_random(turn, random, sizeof random);
    id_make(id, prefix, turn->input->now, random);
    return id;
}

const char *turn_event_id(struct turn *turn)
{
    for (;;) {
        const char *id = turn_id(turn, EVENT_PREFIX);
        if (partitioner_murmur2(id, strlen(id), turn->input->partitions) == turn->input->partition)
            return id;
    }
}

const struct self_service *turn_self_service(const struct turn *turn)
{
    return turn->input->self_service;
}

static struct touched *touched_of(const struct turn *turn, const struct collection *collection,
                                  const char *id)
{
    for (size_t i = 0; i < turn->n_touched; i++)
        if (turn->touched[i].collection == collection && strcmp(turn->touched[i].id, id) == 0)
            return &turn->touched[i];
    return NULL;
}

static struct touched *touch(struct turn *turn, const struct collection *collection, const char *id,
                             struct common *record)
{
    struct touched *touched = touched_of(turn, collection, id);
    if (touched == NULL) {
        turn->touched = mem_grow(turn->arena, turn->touched, struct touched, turn->n_touched + 1);
        touched = &turn->touched[turn->n_touched++];
    }
    *touched = (struct touched){
        .collection = collection, .id = mem_strdup(turn->arena, id), .record = record};
    return touched;
}

const void *turn_read(struct turn *turn, const struct collection *collection, const char *id)
{
    if (id == NULL)
        return NULL;
    const struct touched *touched = touched_of(turn, collection, id);
    return touched != NULL ? touched->record : workset_read(turn->workset, collection, id);
}

const void *turn_find(struct turn *turn, const struct collection *collection, const char *key)
{
    const struct common *found = key != NULL ? workset_find(turn->workset, collection, key) : NULL;
    return found != NULL ? turn_read(turn, collection, found->id) : NULL;
}

const void *turn_before(struct turn *turn, const struct collection *collection, const char *id)
{
    return workset_read(turn->workset, collection, id);
}

void turn_each(struct turn *turn, const struct collection *collection, const char *event_id,
               turn_each_record *each, void *context)
{
    const void **records;
    size_t n = workset_of_event(turn->workset, turn->arena, collection, event_id, &records);
    for (size_t i = 0; i < n; i++) {
        const void *record = turn_read(turn, collection, ((const struct common *)records[i])->id);
        if (record != NULL)
            each(context, record);
    }
}

static struct common *change(struct turn *turn, const struct collection *collection, const char *id,
                             int64_t edits)
{
    struct touched *touched = touched_of(turn, collection, id);
    if (touched == NULL || touched->record == NULL) {
        const struct common *present = turn_read(turn, collection, id);
        if (present == NULL)
            abort(); /* a decision changes only what it has read */
        struct common *copy = mem_dup(turn->arena, present, collection->record->size);
        copy->rev++;
        copy->updated_at = turn->input->now;
        touched = touch(turn, collection, id, copy);
    }
    touched->record->version += edits;
    return touched->record;
}

void *turn_change(struct turn *turn, const struct collection *collection, const char *id)
{
    return change(turn, collection, id, 0);
}

void *turn_edit(struct turn *turn, const struct collection *collection, const char *id)
{
    return change(turn, collection, id, 1);
}

void *turn_add(struct turn *turn, const struct collection *collection, const char *id)
{
    struct common *record = mem_zeroed(turn->arena, collection->record->size);
    record->id = mem_strdup(turn->arena, id);
    record->version = 1;
    record->rev = 1;
    record->created_at = record->updated_at = turn->input->now;
    (void)touch(turn, collection, id, record);
    return record;
}

void *turn_keep(struct turn *turn, const struct collection *collection, const char *id)
{
    void *record = turn_add(turn, collection, id);
    touched_of(turn, collection, id)->kept = true;
    return record;
}

void turn_remove(struct turn *turn, const struct collection *collection, const char *id)
{
    (void)touch(turn, collection, id, NULL);
}

void turn_enter(struct turn *turn, const struct turn_stock *stock, const struct ledger_row *row)
{
    turn->entered = mem_grow(turn->arena, turn->entered, struct entered, turn->n_entered + 1);
    turn->entered[turn->n_entered++] = (struct entered){.stock = *stock, .row = *row};
}

static void tell(struct turn *turn, struct outgoing message, bool carries_stock)
{
    turn->told = mem_grow(turn->arena, turn->told, struct told, turn->n_told + 1);
    message.key = mem_strdup(turn->arena, message.key);
    turn->told[turn->n_told++] = (struct told){.message = message, .carries_stock = carries_stock};
}

static const char *dump(struct turn *turn, json_t *value_take)
{
    char *text = json_dumps(value_take, JSON_COMPACT);
    const char *kept = mem_strdup(turn->arena, text);
    free(text);
    json_decref(value_take);
    return kept;
}

static const char *receipt_text(struct turn *turn)
{
    char *text = mem_zeroed(turn->arena, 2 * RECEIPT_ID + 1);
    text_hex(text, turn->input->receipt_id, RECEIPT_ID);
    return text;
}

/* A fact's or a delivery's id: stable, since it is made of the receipt's. */
static const char *told_id(struct turn *turn)
{
    return mem_printf(turn->arena, "%s/%zu", receipt_text(turn), turn->n_told);
}

void turn_fact(struct turn *turn, const char *type, const struct fact_body *body)
{
    const struct fact *fact = fact_find(type);
    if (fact == NULL)
        abort(); /* the contract names every fact */
    tell(turn,
         (struct outgoing){.topic = mem_printf(turn->arena, "%s.facts", module_name(fact->module)),
                           .key = body->event_id,
                           .type = fact->type,
                           .id = told_id(turn),
                           .body = record_text(turn->arena, &fact_record, body)},
         fact->module == MODULE_TICKETS);
}

void turn_deliver(struct turn *turn, const struct delivery *delivery)
{
    json_t *body = json_pack("{sssssssssI}", "event_id", delivery->event_id, "notification_id",
                             delivery->notification_id, "delivery_id", delivery->id, "channel",
                             record_enum_text(channel_names, (int)delivery->channel), "attempt",
                             (json_int_t)delivery->attempts + 1);
    tell(turn,
         (struct outgoing){.topic = "notifications.deliveries",
                           .key = delivery->id,
                           .type = "delivery.offered",
                           .id = told_id(turn),
                           .sequence = -1,
                           .body = dump(turn, body)},
         false);
}

void turn_command(struct turn *turn, const char *type, const char *event_id, const char *id,
                  json_t *body_take)
{
    const struct command *command = command_find(type);
    if (command == NULL)
        abort(); /* the contract names every command */
    tell(turn,
         (struct outgoing){.topic = command_topic(command),
                           .key = event_id,
                           .type = command->type,
                           .id = mem_strdup(turn->arena, id),
                           .sequence = -1,
                           .body = dump(turn, body_take)},
         false);
}

static void add_text(struct turn *turn, const char ***texts, size_t *n, const char *text)
{
    *texts = mem_grow(turn->arena, *texts, const char *, *n + 1);
    (*texts)[(*n)++] = text;
}

void turn_shows(struct turn *turn, const char *id)
{
    if (id != NULL)
        add_text(turn, &turn->shown, &turn->n_shown, id);
}

void turn_forget(struct turn *turn, const char *id)
{
    for (size_t i = 0; i < turn->n_forgotten; i++)
        if (strcmp(turn->forgotten[i], id) == 0)
            return;
    add_text(turn, &turn->forgotten, &turn->n_forgotten, id);
}

/* By its own id; what has none is part of an order. */
static void shows(struct turn *turn, const struct record *record, const void *members)
{
    const struct field *id = record_field(record, "id");
    if (id == NULL)
        id = record_field(record, "order_id");
    if (id != NULL)
        turn_shows(turn, *(const char *const *)((const char *)members + id->offset));
}

static const char *etag_of(struct turn *turn, const void *record)
{
    return mem_printf(turn->arena, "\"%lld\"", (long long)((const struct common *)record)->version);
}

bool turn_stale(const struct turn *turn, const void *record)
{
    return turn->input->if_match != NULL &&
           !conditional_if_match(turn->input->if_match, etag_of((struct turn *)turn, record));
}

struct decoder turn_decoder(struct turn *turn)
{
    struct violations *violations = mem_new(turn->arena, struct violations);
    violations->arena = turn->arena;
    return (struct decoder){.arena = turn->arena, .violations = violations};
}

static struct answer show(struct turn *turn, int status, const struct record *record,
                          const void *members)
{
    bool common = record->n > 0 && strcmp(record->fields[0].name, "id") == 0 &&
                  record_field(record, "version") != NULL;
    shows(turn, record, members);
    return (struct answer){.status = status,
                           .body = record_text(turn->arena, record, members),
                           .etag = common ? etag_of(turn, members) : NULL,
                           .problem = PROBLEMS};
}

struct answer answer_created(struct turn *turn, const struct record *record, const void *members,
                             const char *path)
{
    struct answer answer = show(turn, 201, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_ok(struct turn *turn, const struct record *record, const void *members)
{
    return show(turn, 200, record, members);
}

struct answer answer_accepted(struct turn *turn, const struct record *record, const void *members,
                              const char *path)
{
    struct answer answer = show(turn, 202, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_none(struct turn *turn)
{
    (void)turn;
    return (struct answer){.status = 204, .body = "", .problem = PROBLEMS};
}

static struct answer refuse(struct turn *turn, enum problem_code code,
                            const struct violations *violations, json_t *members)
{
    const struct problem problem = {.code = code,
                                    .instance = turn->input->receipt_id,
                                    .violations = violations,
                                    .members = members};
    return (struct answer){.status = problem_status(code),
                           .body = problem_body(turn->arena, &problem),
                           .problem = code};
}

struct answer answer_refuse(struct turn *turn, enum problem_code code)
{
    return refuse(turn, code, NULL, NULL);
}

struct answer answer_refuse_with(struct turn *turn, enum problem_code code, json_t *members_take)
{
    struct answer answer = refuse(turn, code, NULL, members_take);
    json_decref(members_take);
    return answer;
}

struct answer answer_invalid(struct turn *turn, const struct violations *violations)
{
    return refuse(turn, PROBLEM_validation_failed, violations, NULL);
}

struct answer answer_not_due(struct turn *turn, const struct record *record, const void *members)
{
    struct answer answer = show(turn, 200, record, members);
    answer.forgotten = true;
    return answer;
}

static struct pool_level *level_of_pool(struct turn *turn, const struct stock *stock)
{
    const struct pool *pool = stock->pool == NULL
                                  ? NULL
                                  : turn_read(turn, &collection_pools,
                                              pool_id(turn->arena, stock->event_id, stock->pool));
    if (pool == NULL)
        return NULL;
    const struct pool_level level = pool_level_of(pool);
    return mem_dup(turn->arena, &level, sizeof level);
}

/* Of the pool that the stock was in before this turn, if it is no more. */
static struct pool_level *level_of_left_pool(struct turn *turn, const struct stock *stock)
{
    const struct stock *was = workset_read(turn->workset, &collection_stock, stock->id);
    if (was == NULL || was->pool == NULL ||
        (stock->pool != NULL && strcmp(was->pool, stock->pool) == 0))
        return NULL;
    return level_of_pool(turn, was);
}

/* The stock that this turn moved, as facts and replies carry it; NULL: none. */
static const char *moved_stock(struct turn *turn)
{
    char *list = NULL;
    for (size_t i = 0; i < turn->n_touched; i++) {
        const struct stock *stock = (const struct stock *)turn->touched[i].record;
        if (turn->touched[i].collection != &collection_stock || stock == NULL)
            continue;
        const struct stock_level level = {.ticket_type_id = stock->id,
                                          .capacity = stock->capacity,
                                          .sold = stock->sold,
                                          .held = stock->held,
                                          .rev = stock->rev,
                                          .pool = level_of_pool(turn, stock),
                                          .left_pool = level_of_left_pool(turn, stock)};
        const char *text = record_text(turn->arena, &stock_level_record, &level);
        list = list == NULL ? mem_printf(turn->arena, "[%s", text)
                            : mem_printf(turn->arena, "%s,%s", list, text);
    }
    return list == NULL ? NULL : mem_printf(turn->arena, "%s]", list);
}

static const char *with_stock(struct turn *turn, const char *body, const char *stock)
{
    return mem_printf(turn->arena, "%.*s,\"stock\":%s}", (int)strlen(body) - 1, body, stock);
}

static void publish(struct turn *turn, const char *stock, struct turn_result *result)
{
    result->outgoing = mem_array(turn->arena, struct outgoing, turn->n_told + 1);
    for (size_t i = 0; i < turn->n_told; i++) {
        struct told *told = &turn->told[i];
        if (told->carries_stock && stock != NULL)
            told->message.body = with_stock(turn, told->message.body, stock);
        result->outgoing[result->n_outgoing++] = told->message;
    }
}

/* Puts what this turn left behind into its place; of a refusal only what is kept. */
static void leave(struct turn *turn, bool refused)
{
    for (size_t i = 0; i < turn->n_touched; i++) {
        const struct touched *touched = &turn->touched[i];
        if (refused && !touched->kept)
            continue;
        workset_put(turn->workset, touched->collection, touched->id, touched->record);
    }
}

/* The page of this batch for a stock: in the workset under the stock's id, since there is one. */
static struct ledger_page *page_of(struct turn *turn, const struct turn_stock *stock)
{
    const void *present = workset_read(turn->workset, &collection_ledger, stock->id);
    if (present != NULL)
        return (struct ledger_page *)present;
    struct ledger_page *page = mem_new(turn->arena, struct ledger_page);
    *page = (struct ledger_page){.id = turn_id(turn, LEDGER_PREFIX),
                                 .version = 1,
                                 .created_at = turn->input->now,
                                 .updated_at = turn->input->now,
                                 .event_id = mem_strdup(turn->arena, stock->event_id),
                                 .of = mem_strdup(turn->arena, stock->id),
                                 .ticket_type_id = mem_strdup(turn->arena, stock->ticket_type_id),
                                 .pool = mem_strdup(turn->arena, stock->pool)};
    workset_put(turn->workset, &collection_ledger, stock->id, page);
    return page;
}

/* What a batch moves of one stock is one page, however many commands did. */
static void keep_ledger(struct turn *turn)
{
    const char *receipt = turn->n_entered > 0 ? receipt_text(turn) : NULL;
    for (size_t i = 0; i < turn->n_entered; i++) {
        const struct entered *entered = &turn->entered[i];
        struct ledger_page *page = page_of(turn, &entered->stock);
        page->rows.at =
            (void *)mem_grow(turn->arena, page->rows.at, struct ledger_row, page->rows.n + 1);
        struct ledger_row *row = &page->rows.at[page->rows.n++];
        *row = entered->row;
        row->at = turn->input->now;
        row->command = turn->input->decision->type;
        row->receipt = receipt;
        page->rev = row->rev;
    }
}

static void settle(struct turn *turn, struct turn_result *result)
{
    keep_ledger(turn);
    result->stock = moved_stock(turn);
    publish(turn, result->stock, result);
    leave(turn, false);
    result->about = turn->shown;
    result->n_about = turn->n_forgotten == 0 ? turn->n_shown : 0;
    result->forgotten = turn->forgotten;
    result->n_forgotten = turn->n_forgotten;
    if (turn->n_forgotten > 0)
        result->forgotten_body = answer_refuse(turn, PROBLEM_erased).body;
}

void turn_run(void *arena, struct workset *workset, const struct turn_input *input,
              struct turn_result *ret_result)
{
    struct turn turn = {.arena = arena, .workset = workset, .input = input};
    *ret_result = (struct turn_result){.answer = input->decision->decide(&turn, input->body)};
    if (ret_result->answer.problem == PROBLEMS)
        settle(&turn, ret_result);
    else
        leave(&turn, true);
}

void turn_follows(void *arena, struct workset *workset, const struct turn_input *input,
                  struct names *names)
{
    struct turn turn = {.arena = arena, .workset = workset, .input = input};
    if (input->decision->follows != NULL)
        input->decision->follows(names, &turn, input->body);
}
