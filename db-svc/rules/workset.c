#include "db-svc/rules/workset.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/mem.h"

struct key {
    const char *text;
    struct entry *entry;
    struct key *next_of_entry;
    UT_hash_handle hh;
};

struct entry {
    const char *id;
    const void *record; /* NULL: there is none */
    bool stored;        /* the store has one */
    bool changed;
    struct key *keys;
    UT_hash_handle hh;
};

struct table {
    const struct collection *collection;
    struct entry *entries;
    struct key *keys;
};

#define TABLES 32

struct workset {
    void *arena;
    struct table tables[TABLES];
    size_t n;
};

static int free_tables(struct workset *workset)
{
    for (size_t i = 0; i < workset->n; i++) {
        HASH_CLEAR(hh, workset->tables[i].entries);
        HASH_CLEAR(hh, workset->tables[i].keys);
    }
    return 0;
}

struct workset *workset_new(void *arena)
{
    struct workset *workset = mem_new(arena, struct workset);
    workset->arena = workset; /* so that the destructor still finds the entries */
    talloc_set_destructor(workset, free_tables); /* uthash's buckets are malloc's */
    return workset;
}

static struct table *table_of(const struct workset *workset, const struct collection *collection)
{
    for (size_t i = 0; i < workset->n; i++)
        if (workset->tables[i].collection == collection)
            return (struct table *)&workset->tables[i];
    return NULL;
}

static struct table *table_for(struct workset *workset, const struct collection *collection)
{
    struct table *table = table_of(workset, collection);
    if (table != NULL)
        return table;
    if (workset->n == TABLES)
        abort(); /* there are fewer collections than that */
    workset->tables[workset->n] = (struct table){.collection = collection};
    return &workset->tables[workset->n++];
}

static struct entry *entry_of(const struct table *table, const char *id)
{
    struct entry *entry = NULL;
    if (table != NULL)
        HASH_FIND_STR(table->entries, id, entry);
    return entry;
}

static void unindex(struct table *table, struct entry *entry)
{
    for (struct key *key = entry->keys; key != NULL; key = key->next_of_entry)
        HASH_DEL(table->keys, key);
    entry->keys = NULL;
}

struct indexing {
    struct workset *workset;
    struct table *table;
    struct entry *entry;
};

static void index_key(void *context, const char *text)
{
    struct indexing *to = context;
    struct key *key;
    HASH_FIND_STR(to->table->keys, text, key);
    if (key != NULL)
        return; /* the store's unique index decides */
    key = mem_new(to->workset->arena, struct key);
    *key = (struct key){.text = text, .entry = to->entry, .next_of_entry = to->entry->keys};
    to->entry->keys = key;
    HASH_ADD_KEYPTR(hh, to->table->keys, text, strlen(text), key);
}

static void set_record(struct workset *workset, struct table *table, struct entry *entry,
                       const void *record)
{
    unindex(table, entry);
    entry->record = record;
    struct indexing to = {workset, table, entry};
    if (record != NULL && table->collection->keys != NULL)
        table->collection->keys(record, index_key, &to);
}

static struct entry *entry_for(struct workset *workset, struct table *table, const char *id)
{
    struct entry *entry = entry_of(table, id);
    if (entry != NULL)
        return entry;
    entry = mem_new(workset->arena, struct entry);
    entry->id = mem_strdup(workset->arena, id);
    HASH_ADD_KEYPTR(hh, table->entries, entry->id, strlen(entry->id), entry);
    return entry;
}

void workset_loaded(struct workset *workset, const struct collection *collection, const char *id,
                    void *record)
{
    struct table *table = table_for(workset, collection);
    if (entry_of(table, id) != NULL)
        return;
    struct entry *entry = entry_for(workset, table, id);
    entry->stored = record != NULL;
    set_record(workset, table, entry, record);
}

bool workset_knows(const struct workset *workset, const struct collection *collection,
                   const char *id)
{
    return entry_of(table_of(workset, collection), id) != NULL;
}

const void *workset_read(const struct workset *workset, const struct collection *collection,
                         const char *id)
{
    const struct entry *entry = entry_of(table_of(workset, collection), id);
    return entry != NULL ? entry->record : NULL;
}

const void *workset_find(const struct workset *workset, const struct collection *collection,
                         const char *text)
{
    const struct table *table = table_of(workset, collection);
    struct key *key = NULL;
    if (table != NULL)
        HASH_FIND_STR(table->keys, text, key);
    return key != NULL ? key->entry->record : NULL;
}

void workset_put(struct workset *workset, const struct collection *collection, const char *id,
                 const void *record)
{
    struct table *table = table_for(workset, collection);
    struct entry *entry = entry_for(workset, table, id);
    entry->changed = true;
    set_record(workset, table, entry, record);
}

static int by_id(const void *a, const void *b)
{
    const struct common *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

size_t workset_of_event(const struct workset *workset, const void *arena,
                        const struct collection *collection, const char *event_id,
                        const void ***ret_records)
{
    const struct table *table = table_of(workset, collection);
    size_t n = 0;
    const void **records =
        mem_array(arena, const void *, table != NULL ? HASH_COUNT(table->entries) + 1 : 1);
    for (struct entry *entry = table != NULL ? table->entries : NULL; entry != NULL;
         entry = entry->hh.next)
        if (entry->record != NULL && strcmp(collection->event_id(entry->record), event_id) == 0)
            records[n++] = entry->record;
    qsort(records, n, sizeof *records, by_id);
    *ret_records = records;
    return n;
}

static bool change_of(const struct entry *entry, const struct collection *collection,
                      struct store_change *ret_change)
{
    if (!entry->changed || (!entry->stored && entry->record == NULL))
        return false;
    *ret_change = (struct store_change){
        .kind = entry->record == NULL ? STORE_DELETE
                : entry->stored       ? STORE_REPLACE
                                      : STORE_INSERT,
        .collection = collection,
        .id = entry->id,
        .record = entry->record,
    };
    return true;
}

size_t workset_changes(const struct workset *workset, const void *arena,
                       struct store_change **ret_changes)
{
    size_t most = 1, n = 0;
    for (size_t i = 0; i < workset->n; i++)
        most += HASH_COUNT(workset->tables[i].entries);
    struct store_change *changes = mem_array(arena, struct store_change, most);
    for (size_t i = 0; i < workset->n; i++)
        for (struct entry *entry = workset->tables[i].entries; entry != NULL;
             entry = entry->hh.next)
            n += change_of(entry, workset->tables[i].collection, &changes[n]);
    *ret_changes = changes;
    return n;
}
