#include "db-svc/rules/turn.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/turn_state.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/http/conditional.h"
#include "libshared/kafka/partitioner.h"

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

static void lack(struct turn *turn, bool lacks)
{
    turn->lacking = turn->lacking || lacks;
}

bool turn_want(struct turn *turn, const struct collection *collection, const char *id)
{
    if (id == NULL)
        return false;
    const bool wanted =
        touched_of(turn, collection, id) == NULL && wants_id(turn->wants, collection, id);
    lack(turn, wanted);
    return !wanted;
}

bool turn_want_key(struct turn *turn, const struct collection *collection, const char *key)
{
    if (key == NULL)
        return false;
    const bool wanted = wants_key(turn->wants, collection, key);
    lack(turn, wanted);
    return !wanted;
}

void turn_want_page(struct turn *turn, const struct store_page *page)
{
    lack(turn, wants_page(turn->wants, page));
}

/* Whatever else it wanted is loaded with it. */
static void need(struct turn *turn, bool known)
{
    if (!known)
        longjmp(turn->lacks, 1);
}

const void *turn_read(struct turn *turn, const struct collection *collection, const char *id)
{
    if (id == NULL)
        return NULL;
    const struct touched *touched = touched_of(turn, collection, id);
    if (touched != NULL)
        return touched->record;
    (void)turn_want(turn, collection, id);
    need(turn, workset_knows(turn->workset, collection, id));
    return workset_read(turn->workset, collection, id);
}

const void *turn_find(struct turn *turn, const struct collection *collection, const char *key)
{
    if (key == NULL)
        return NULL;
    (void)turn_want_key(turn, collection, key);
    need(turn, workset_knows_key(turn->workset, collection, key));
    const struct common *found = workset_find(turn->workset, collection, key);
    return found != NULL ? turn_read(turn, collection, found->id) : NULL;
}

const void *turn_before(struct turn *turn, const struct collection *collection, const char *id)
{
    if (touched_of(turn, collection, id) == NULL)
        (void)turn_read(turn, collection, id);
    return workset_read(turn->workset, collection, id);
}

void turn_each(struct turn *turn, const struct store_page *pages, size_t n, turn_each_record *each,
               void *context)
{
    const void **records;
    for (size_t i = 0; i < n; i++)
        turn_want_page(turn, &pages[i]);
    need(turn, !turn->lacking);
    const size_t loaded = workset_of_event(turn->workset, turn->arena, pages[0].collection,
                                           pages[0].event_id, &records);
    for (size_t i = 0; i < loaded; i++) {
        const void *record =
            turn_read(turn, pages[0].collection, ((const struct common *)records[i])->id);
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
    (void)turn_read(turn, collection, id);
    (void)touch(turn, collection, id, NULL);
}

const char *turn_etag(struct turn *turn, const void *record)
{
    return mem_printf(turn->arena, "\"%lld\"", (long long)((const struct common *)record)->version);
}

bool turn_stale(const struct turn *turn, const void *record)
{
    return turn->input->if_match != NULL &&
           !conditional_if_match(turn->input->if_match, turn_etag((struct turn *)turn, record));
}

struct decoder turn_decoder(struct turn *turn)
{
    struct violations *violations = mem_new(turn->arena, struct violations);
    violations->arena = turn->arena;
    return (struct decoder){.arena = turn->arena, .violations = violations};
}

const char *turn_receipt(struct turn *turn)
{
    char *text = mem_zeroed(turn->arena, 2 * RECEIPT_ID + 1);
    text_hex(text, turn->input->receipt_id, RECEIPT_ID);
    return text;
}
