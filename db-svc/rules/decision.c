#include "db-svc/rules/decision.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/decision_state.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/http/conditional.h"
#include "libshared/kafka/partitioner.h"

void *decision_arena(struct decision *decision)
{
    return decision->arena;
}

int64_t decision_now(const struct decision *decision)
{
    return decision->input->now;
}

struct decision_caller decision_caller(const struct decision *decision)
{
    return (struct decision_caller){.command = decision->input->body->command->type,
                                    .source = decision->input->source,
                                    .id = decision->input->id};
}

int32_t decision_partition(const struct decision *decision)
{
    return decision->input->partition;
}

int64_t decision_max_hold_seconds(const struct decision *decision)
{
    return decision->input->max_hold_seconds;
}

void decision_random(struct decision *decision, void *out, size_t n)
{
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
    memcpy(nonce, &decision->drawn, sizeof decision->drawn);
    decision->drawn++;
    (void)crypto_stream_chacha20(out, n, nonce, decision->input->seed);
}

const char *decision_sign(struct decision *decision, const char *event_id, const char *code)
{
    if (decision->looking_ahead)
        return "";
    return signing_sign(decision->arena, decision->input->signing_key, event_id, code);
}

const char *decision_id(struct decision *decision, const char *prefix)
{
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(decision->arena, ID_SIZE);
    decision_random(decision, random, sizeof random);
    id_make(id, prefix, decision->input->now, random);
    return id;
}

const char *decision_event_id(struct decision *decision)
{
    for (;;) {
        const char *id = decision_id(decision, EVENT_PREFIX);
        if (partitioner_murmur2(id, strlen(id), decision->input->partitions) ==
            decision->input->partition)
            return id;
    }
}

const struct self_service *decision_self_service(const struct decision *decision)
{
    return decision->input->self_service;
}

static struct touched *touched_of(const struct decision *decision,
                                  const struct collection *collection, const char *id)
{
    for (size_t i = 0; i < decision->n_touched; i++)
        if (decision->touched[i].collection == collection &&
            strcmp(decision->touched[i].id, id) == 0)
            return &decision->touched[i];
    return NULL;
}

static struct touched *touch(struct decision *decision, const struct collection *collection,
                             const char *id, struct common *record)
{
    struct touched *touched = touched_of(decision, collection, id);
    if (touched == NULL) {
        decision->touched =
            mem_grow(decision->arena, decision->touched, struct touched, decision->n_touched + 1);
        touched = &decision->touched[decision->n_touched++];
    }
    *touched = (struct touched){
        .collection = collection, .id = mem_strdup(decision->arena, id), .record = record};
    return touched;
}

bool decision_want(struct decision *decision, const struct collection *collection, const char *id)
{
    return id != NULL && (touched_of(decision, collection, id) != NULL ||
                          !wants_id(decision->wants, collection, id));
}

bool decision_want_key(struct decision *decision, const struct collection *collection,
                       const char *key)
{
    return key != NULL && !wants_key(decision->wants, collection, key);
}

bool decision_want_page(struct decision *decision, const struct store_page *page)
{
    return !wants_page(decision->wants, page);
}

void decision_doubt(struct decision *decision)
{
    longjmp(decision->lacks, 1);
}

/* All else that it wanted is loaded with it. */
static void need(struct decision *decision, bool known)
{
    if (!known)
        longjmp(decision->lacks, 1);
}

const void *decision_read(struct decision *decision, const struct collection *collection,
                          const char *id)
{
    if (id == NULL)
        return NULL;
    const struct touched *touched = touched_of(decision, collection, id);
    if (touched != NULL)
        return touched->record;
    need(decision, decision_want(decision, collection, id));
    return workset_read(decision->workset, collection, id);
}

const void *decision_find(struct decision *decision, const struct collection *collection,
                          const char *key)
{
    if (key == NULL)
        return NULL;
    need(decision, decision_want_key(decision, collection, key));
    const struct common *found = workset_find(decision->workset, collection, key);
    return found != NULL ? decision_read(decision, collection, found->id) : NULL;
}

const void *decision_before(struct decision *decision, const struct collection *collection,
                            const char *id)
{
    if (touched_of(decision, collection, id) == NULL)
        (void)decision_read(decision, collection, id);
    return workset_read(decision->workset, collection, id);
}

void decision_each(struct decision *decision, const struct store_page *pages, size_t n,
                   decision_each_record *each, void *context)
{
    const void **records;
    bool known = true;
    for (size_t i = 0; i < n; i++)
        known = decision_want_page(decision, &pages[i]) && known;
    need(decision, known);
    const size_t loaded = workset_of_event(decision->workset, decision->arena, pages[0].collection,
                                           pages[0].event_id, &records);
    for (size_t i = 0; i < loaded; i++) {
        const void *record =
            decision_read(decision, pages[0].collection, ((const struct common *)records[i])->id);
        if (record != NULL)
            each(context, record);
    }
}

static struct common *change(struct decision *decision, const struct collection *collection,
                             const char *id, int64_t edits)
{
    struct touched *touched = touched_of(decision, collection, id);
    if (touched == NULL || touched->record == NULL) {
        const struct common *present = decision_read(decision, collection, id);
        if (present == NULL)
            abort(); /* a decision changes only what it has read */
        struct common *copy = mem_dup(decision->arena, present, collection->record->size);
        copy->rev++;
        copy->updated_at = decision->input->now;
        touched = touch(decision, collection, id, copy);
    }
    touched->record->version += edits;
    return touched->record;
}

void *decision_change(struct decision *decision, const struct collection *collection,
                      const char *id)
{
    return change(decision, collection, id, 0);
}

void *decision_edit(struct decision *decision, const struct collection *collection, const char *id)
{
    return change(decision, collection, id, 1);
}

void *decision_add(struct decision *decision, const struct collection *collection, const char *id)
{
    struct common *record = mem_zeroed(decision->arena, collection->record->size);
    record->id = mem_strdup(decision->arena, id);
    record->version = 1;
    record->rev = 1;
    record->created_at = record->updated_at = decision->input->now;
    (void)touch(decision, collection, id, record);
    return record;
}

void *decision_add_even_if_refused(struct decision *decision, const struct collection *collection,
                                   const char *id)
{
    void *record = decision_add(decision, collection, id);
    touched_of(decision, collection, id)->kept = true;
    return record;
}

void decision_remove(struct decision *decision, const struct collection *collection, const char *id)
{
    (void)decision_read(decision, collection, id);
    (void)touch(decision, collection, id, NULL);
}

const char *decision_etag(struct decision *decision, const void *record)
{
    return mem_printf(decision->arena, "\"%lld\"",
                      (long long)((const struct common *)record)->version);
}

bool decision_stale(const struct decision *decision, const void *record)
{
    return decision->input->if_match != NULL &&
           decision_stale_tag(decision, decision_etag((struct decision *)decision, record));
}

bool decision_stale_tag(const struct decision *decision, const char *etag)
{
    return !conditional_if_match(decision->input->if_match, etag);
}

struct decoder decision_decoder(struct decision *decision)
{
    struct violations *violations = mem_new(decision->arena, struct violations);
    violations->arena = decision->arena;
    return (struct decoder){.arena = decision->arena, .violations = violations};
}

const char *decision_receipt(struct decision *decision)
{
    char *text = mem_zeroed(decision->arena, 2 * RECEIPT_ID + 1);
    text_hex(text, decision->input->receipt_id, RECEIPT_ID);
    return text;
}
