#include "db-svc/writer/batch.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "db-svc/rules/decision_run.h"
#include "db-svc/store/record_cache.h"
#include "libshared/contract/topic.h"
#include "libshared/base/mem.h"

struct deciding {
    void *arena;
    struct store *store;
    const struct batch_config *config;
    const struct fence *fences;
    struct clock_time now;
    struct workset *workset;
    struct wants wants; /* what this round lacks */
    struct input *inputs;
    size_t n;
    size_t decided;       /* how many inputs are */
    struct decided *seen; /* commands of this batch */
    uint8_t (*seeds)[DECISION_SEED];
};

/* --- Loading --- */

struct loaded {
    struct workset *workset;
    const struct collection *collection;
};

static void take_loaded(void *context, void *record)
{
    const struct loaded *to = context;
    workset_loaded(to->workset, to->collection, ((const struct common *)record)->id, record);
}

/* Takes those that are kept; returns how many others there are. */
static size_t take_kept(struct deciding *d, const struct wants_list *list, const char **ret_others)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n_ids; i++) {
        void *record = d->config->cache == NULL ? NULL
                                                : record_cache_read(d->config->cache, d->arena,
                                                                    list->collection, list->ids[i]);
        if (record != NULL)
            workset_loaded(d->workset, list->collection, list->ids[i], record);
        else
            ret_others[n++] = list->ids[i];
    }
    return n;
}

static int load_ids(struct deciding *d, const struct wants_list *list)
{
    const char **ids = mem_array(d->arena, const char *, list->n_ids + 1);
    const size_t n = take_kept(d, list, ids);
    void **records = mem_array(d->arena, void *, n + 1);
    int r = store_load(d->store, d->arena, list->collection, ids, n, records);
    for (size_t i = 0; r == 0 && i < n; i++)
        workset_loaded(d->workset, list->collection, ids[i], records[i]);
    return r;
}

static int load_list(struct deciding *d, const struct wants_list *list)
{
    struct loaded to = {d->workset, list->collection};
    if (list->n_keys > 0) {
        int r = store_load_keys(d->store, d->arena, list->collection, list->keys, list->n_keys,
                                take_loaded, &to);
        if (r < 0)
            return r;
    }
    return load_ids(d, list);
}

static int load_wanted(struct deciding *d)
{
    const struct wants *wants = &d->wants;
    int r = 0;
    for (size_t i = 0; r == 0 && i < wants->n_lists; i++)
        r = load_list(d, &wants->lists[i]);
    for (size_t i = 0; r == 0 && i < wants->n_pages; i++) {
        struct loaded to = {d->workset, wants->pages[i].page.collection};
        r = store_load_page(d->store, d->arena, &wants->pages[i].page, take_loaded, &to);
    }
    if (r == 0)
        wants_fulfilled(wants, d->workset);
    return r;
}

/* Whether nobody waits for it any more. In doubt it is not. */
static bool is_expired(const struct deciding *d, const struct input *input)
{
    return input->envelope.timeout_ms >= 0 && input->written_at <= d->now.monotonic_ms &&
           d->now.monotonic_ms - input->written_at > input->envelope.timeout_ms;
}

static struct decision_input decision_of(const struct deciding *d, size_t i)
{
    const struct input *input = &d->inputs[i];
    struct decision_input decision = {.handler = input->handler,
                                      .body = &input->body,
                                      .source = input->envelope.source,
                                      .id = input->envelope.id,
                                      .if_match = input->envelope.if_match,
                                      .receipt_id = input->receipt_id,
                                      .now = d->now.wall_ms,
                                      .epoch = d->fences[input->message.partition].timeline,
                                      .partition = input->message.partition,
                                      .partitions = d->config->partitions,
                                      .max_hold_seconds = d->config->max_hold_seconds,
                                      .signing_key = d->config->signing_key,
                                      .self_service = d->config->self_service};
    memcpy(decision.seed, d->seeds[i], sizeof decision.seed);
    return decision;
}

/* A command that names no event is of the event of the record that it names. */
static int address_by(struct deciding *d, const struct collection *collection, enum command_id id)
{
    const char **ids = mem_array(d->arena, const char *, d->n + 1);
    void **records = mem_array(d->arena, void *, d->n + 1);
    struct input **asked = mem_array(d->arena, struct input *, d->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->inputs[i].unaddressed && d->inputs[i].body.ids[id] != NULL) {
            ids[n] = d->inputs[i].body.ids[id];
            asked[n++] = &d->inputs[i];
        }
    int r = store_load(d->store, d->arena, collection, ids, n, records);
    for (size_t i = 0; r == 0 && i < n; i++)
        input_address(asked[i], records[i] != NULL ? collection->event_id(records[i]) : NULL,
                      d->config->partitions);
    return r;
}

static int address(struct deciding *d)
{
    int r = address_by(d, &collection_orders, ID_ORDER);
    return r < 0 ? r : address_by(d, &collection_deliveries, ID_DELIVERY);
}

/* --- Receipts --- */

static bool to_decide(const struct input *input)
{
    return input->handler != NULL && !input->misplaced && input->receipt == NULL;
}

/* A command that was decided before is answered as it was; its id for another command is refused.
 */
static void repeat(void *arena, struct input *input, const struct receipt *receipt)
{
    if (memcmp(receipt->fingerprint, input->fingerprint, RECEIPT_ID) == 0)
        input->receipt = receipt;
    else
        input->receipt = input_refusal(arena, input, PROBLEM_idempotency_key_reused, NULL);
}

static int load_receipts(struct deciding *d)
{
    uint8_t(*ids)[RECEIPT_ID] = mem_zeroed(d->arena, (d->n + 1) * RECEIPT_ID);
    struct input **asked = mem_array(d->arena, struct input *, d->n + 1);
    struct receipt **receipts = mem_array(d->arena, struct receipt *, d->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (!to_decide(&d->inputs[i]))
            continue;
        memcpy(ids[n], d->inputs[i].receipt_id, RECEIPT_ID);
        asked[n++] = &d->inputs[i];
    }
    if (n == 0)
        return 0;
    int r = store_load_receipts(d->store, d->arena, (const uint8_t(*)[RECEIPT_ID])ids, n, receipts);
    for (size_t i = 0; r == 0 && i < n; i++)
        if (receipts[i] != NULL)
            repeat(d->arena, asked[i], receipts[i]);
    return r;
}

/* Receipts of this batch, so that the same command twice in it is one. */
struct decided {
    struct input *input;
    UT_hash_handle hh;
};

/* To be kept: once told, it stays so, at any later reading of the command by any owner. */
static void keep_receipt(const struct deciding *d, struct input *input, struct receipt *receipt)
{
    memcpy(receipt->id, input->receipt_id, RECEIPT_ID);
    memcpy(receipt->fingerprint, input->fingerprint, RECEIPT_ID);
    receipt->at = d->now.wall_ms;
    input->receipt = receipt;
    input->fresh = true;
}

static void expire(const struct deciding *d, struct input *input)
{
    struct receipt *receipt =
        mem_dup(d->arena, input_refusal(d->arena, input, PROBLEM_expired, NULL), sizeof *receipt);
    keep_receipt(d, input, receipt);
}

static void keep_result(const struct deciding *d, struct input *input,
                        const struct decision_result *result)
{
    struct receipt *receipt = mem_new(d->arena, struct receipt);
    *receipt = (struct receipt){.status = result->answer.status,
                                .body = result->answer.body,
                                .etag = result->answer.etag,
                                .location = result->answer.location,
                                .stock = result->stock,
                                .any_buyer = result->answer.any_buyer,
                                .outgoing = result->outgoing,
                                .n_outgoing = result->n_outgoing,
                                .about = result->about,
                                .n_about = result->n_about};
    keep_receipt(d, input, receipt);
    input->fresh = !result->answer.no_receipt;
    input->forgetting = (struct store_forgetting){.ids = result->forgotten,
                                                  .n_ids = result->n_forgotten,
                                                  .status = problem_status(PROBLEM_erased),
                                                  .body = result->forgotten_body};
}

static void remember(struct deciding *d, struct input *input)
{
    struct decided *decided = mem_new(d->arena, struct decided);
    decided->input = input;
    if (input->fresh)
        HASH_ADD_KEYPTR(hh, d->seen, input->receipt_id, RECEIPT_ID, decided);
}

/* False: it lacks records. */
static bool decide_one(struct deciding *d, size_t i)
{
    struct input *input = &d->inputs[i];
    const struct decision_input decision = decision_of(d, i);
    struct decision_result result;
    if (!decision_run(d->arena, d->workset, &d->wants, &decision, &result))
        return false;
    keep_result(d, input, &result);
    remember(d, input);
    return true;
}

/* Commands that take no decision: decided before in this batch, or too late. */
static void answer_plainly(struct deciding *d, struct input *input, const struct decided *before)
{
    if (before != NULL) {
        repeat(d->arena, input, before->input->receipt);
    } else {
        expire(d, input);
        remember(d, input);
    }
}

static bool decide_input(struct deciding *d, size_t i)
{
    struct input *input = &d->inputs[i];
    struct decided *before;
    HASH_FIND(hh, d->seen, input->receipt_id, RECEIPT_ID, before);
    if (before == NULL && !is_expired(d, input))
        return decide_one(d, i);
    answer_plainly(d, input, before);
    return true;
}

static void look_ahead(struct deciding *d, size_t i, void *scratch)
{
    const struct decision_input decision = decision_of(d, i);
    if (!is_expired(d, &d->inputs[i]))
        decision_look_ahead(scratch, d->workset, &d->wants, &decision);
}

/* In order, from the first that is not decided yet. Once one lacks records, those behind it are
 * only looked at for what they will lack. True if all are decided. */
static bool decide_on(struct deciding *d)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(d->arena, 0);
    size_t i = d->decided;
    while (i < d->n && (!to_decide(&d->inputs[i]) || decide_input(d, i)))
        i++;
    d->decided = i;
    for (i++; i < d->n; i++)
        if (to_decide(&d->inputs[i]))
            look_ahead(d, i, scratch);
    return d->decided == d->n;
}

/* What is kept in memory may be of another state of a database that was set back than what was read
 * beside it. All that is read in one transaction is of one. */
static int read_anew(const struct deciding *d)
{
    if (d->config->cache == NULL || !record_cache_was_read(d->config->cache))
        abort();
    return -EAGAIN;
}

/* An order leads to its stock, and the stock to its pool: each round knows more. */
static int decide_in_rounds(struct deciding *d)
{
    int r = 0;
    for (bool all = false; r == 0 && !all;) {
        wants_open(&d->wants, d->arena, d->workset);
        all = decide_on(d);
        if (!all) /* a read that lacks something wants it */
            r = wants_any(&d->wants) ? load_wanted(d) : read_anew(d);
        wants_close(&d->wants);
    }
    HASH_CLEAR(hh, d->seen);
    return r;
}

/* Nobody waits for what becomes of a payment: one that cannot be taken goes to a person. */
static void bury_refused_payments(struct deciding *d)
{
    for (size_t i = 0; i < d->n; i++) {
        struct input *input = &d->inputs[i];
        if (input->handler != NULL && input->body.command->module == MODULE_PAYMENTS &&
            input->receipt != NULL && input->receipt->status >= 400 && !input_wants_reply(input))
            input->dead = "the payment is refused";
    }
}

static void forget_earlier_try(struct deciding *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->inputs[i].handler != NULL) {
            d->inputs[i].receipt = NULL;
            d->inputs[i].fresh = false;
            d->inputs[i].forgetting.n_ids = 0;
            d->inputs[i].dead = NULL;
        }
}

static void begin_keeping(const struct deciding *d)
{
    struct fence *fences = mem_array(d->arena, struct fence, d->n + 1);
    if (d->config->cache == NULL)
        return;
    for (size_t i = 0; i < d->n; i++)
        fences[i] = d->fences[d->inputs[i].message.partition];
    record_cache_begin(d->config->cache, fences, d->n);
}

int batch_decide(void *arena, struct store *store, const struct batch_config *config,
                 const struct fence *fences, const struct clock_time *now, struct input *inputs,
                 size_t n, struct workset **ret_workset)
{
    struct deciding d = {.arena = arena,
                         .store = store,
                         .config = config,
                         .fences = fences,
                         .now = *now,
                         .workset = workset_new(arena),
                         .inputs = inputs,
                         .n = n,
                         .seeds = mem_zeroed(arena, (n + 1) * DECISION_SEED)};
    randombytes_buf(d.seeds, n * DECISION_SEED);
    begin_keeping(&d);
    forget_earlier_try(&d);
    int r = address(&d);
    if (r == 0)
        r = load_receipts(&d);
    if (r == 0)
        r = decide_in_rounds(&d);
    if (r < 0)
        return r;
    bury_refused_payments(&d);
    *ret_workset = d.workset;
    return 0;
}

/* --- Forming the transaction --- */

static struct fence *moved_fence(struct batch_commit *commit, const struct fence *fences,
                                 int32_t partition)
{
    for (size_t i = 0; i < commit->batch.n_fences; i++)
        if (commit->fences[i].partition == partition)
            return &commit->fences[i];
    struct fence *fence = &commit->fences[commit->batch.n_fences++];
    *fence = fences[partition];
    fence->batch++;
    return fence;
}

static void number_facts(struct fence *fence, const struct receipt *receipt)
{
    for (size_t k = 0; k < receipt->n_outgoing; k++)
        if (receipt->outgoing[k].sequence >= 0)
            receipt->outgoing[k].sequence = ++fence->seq;
}

void batch_form(void *arena, const struct batch_config *config, const struct workset *workset,
                const struct fence *fences, struct input *inputs, size_t n,
                struct batch_commit *ret_commit)
{
    struct batch_commit commit = {
        .fences = mem_array(arena, struct fence, config->partitions),
        .batch = {.cluster = config->cluster, .owner = config->owner, .topics = topics_commands}};
    const struct receipt **receipts = mem_array(arena, const struct receipt *, n + 1);
    struct store_forgetting *forgettings = mem_array(arena, struct store_forgetting, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct input *input = &inputs[i];
        struct fence *fence = moved_fence(&commit, fences, input->message.partition);
        int topic = topics_command_index(input->message.topic);
        if (topic >= 0 && fence->next[topic] <= input->message.offset)
            fence->next[topic] = input->message.offset + 1; /* what is read again lies before it */
        if (!input->fresh)
            continue;
        number_facts(fence, input->receipt);
        receipts[commit.batch.n_receipts++] = input->receipt;
        if (input->forgetting.n_ids > 0)
            forgettings[commit.batch.n_forgettings++] = input->forgetting;
    }
    struct store_change *changes;
    commit.batch.n_changes = workset_changes(workset, arena, &changes);
    commit.batch.changes = changes;
    commit.batch.receipts = receipts;
    commit.batch.forgettings = forgettings;
    commit.batch.fences = commit.fences;
    *ret_commit = commit;
}
