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
    const void *record, *loaded; /* NULL: there is none */
    bool asked;                  /* for, of the store */
    bool changed;
    struct key *keys;
    UT_hash_handle hh;
};

/* A text that was asked for. */
struct known {
    const char *text;
    UT_hash_handle hh;
};

struct table {
    const struct collection *collection;
    struct entry *entries;
    struct key *keys;
    struct known *known_keys;
};

struct workset {
    void *arena;
    struct table tables[WORKSET_TABLES];
    size_t n;
    struct known *known_pages;
};

static int free_tables(struct workset *workset)
{
    for (size_t i = 0; i < workset->n; i++) {
        HASH_CLEAR(hh, workset->tables[i].entries);
        HASH_CLEAR(hh, workset->tables[i].keys);
        HASH_CLEAR(hh, workset->tables[i].known_keys);
    }
    HASH_CLEAR(hh, workset->known_pages);
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
    if (workset->n == WORKSET_TABLES)
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
    struct entry *entry = entry_for(workset, table, id);
    if (entry->asked || entry->changed)
        return;
    entry->asked = true;
    entry->loaded = record;
    set_record(workset, table, entry, record);
}

bool workset_knows(const struct workset *workset, const struct collection *collection,
                   const char *id)
{
    const struct entry *entry = entry_of(table_of(workset, collection), id);
    return entry != NULL && (entry->asked || entry->changed);
}

static bool knows(struct known *known, const char *text)
{
    struct known *found;
    HASH_FIND_STR(known, text, found);
    return found != NULL;
}

static void know(struct workset *workset, struct known **known, const char *text)
{
    if (knows(*known, text))
        return;
    struct known *added = mem_new(workset->arena, struct known);
    added->text = mem_strdup(workset->arena, text);
    HASH_ADD_KEYPTR(hh, *known, added->text, strlen(added->text), added);
}

void workset_know_key(struct workset *workset, const struct collection *collection, const char *key)
{
    know(workset, &table_for(workset, collection)->known_keys, key);
}

void workset_know_page(struct workset *workset, const char *name)
{
    know(workset, &workset->known_pages, name);
}

bool workset_knows_key(const struct workset *workset, const struct collection *collection,
                       const char *key)
{
    const struct table *table = table_of(workset, collection);
    return table != NULL &&
           (workset_find(workset, collection, key) != NULL || knows(table->known_keys, key));
}

bool workset_knows_page(const struct workset *workset, const char *name)
{
    return knows(workset->known_pages, name);
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
    if (!entry->changed || (entry->loaded == NULL && entry->record == NULL))
        return false;
    *ret_change = (struct store_change){
        .kind = entry->record == NULL   ? STORE_DELETE
                : entry->loaded != NULL ? STORE_REPLACE
                                        : STORE_INSERT,
        .collection = collection,
        .id = entry->id,
        .record = entry->record,
        .rev = collection->kept && entry->loaded != NULL
                   ? ((const struct common *)entry->loaded)->rev
                   : 0,
    };
    return true;
}

void workset_each(const struct workset *workset, workset_record *each, void *context)
{
    for (size_t i = 0; i < workset->n; i++)
        for (const struct entry *entry = workset->tables[i].entries; entry != NULL;
             entry = entry->hh.next)
            each(context, workset->tables[i].collection, entry->id,
                 entry->record != NULL ? entry->record : entry->loaded, entry->record == NULL,
                 entry->changed);
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
