#include "db-svc/rules/names.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "db-svc/rules/turn.h"
#include "libshared/base/mem.h"

struct names_seen {
    const char *text;
    UT_hash_handle hh;
};

void names_open(struct names *names, void *arena, const struct workset *workset)
{
    *names = (struct names){.arena = arena, .workset = workset};
}

void names_close(struct names *names)
{
    HASH_CLEAR(hh, names->seen);
}

bool names_any(const struct names *names)
{
    return names->n_lists > 0 || names->n_pages > 0;
}

void names_next(struct names *names)
{
    memset(names->lists, 0, sizeof names->lists);
    names->n_lists = 0;
    names->pages = NULL;
    names->n_pages = 0;
}

/* Whether `text` is named for the first time, under that kind and collection. */
static bool first(struct names *names, const char *kind, const struct collection *collection,
                  const char *text)
{
    const char *key = mem_printf(names->arena, "%s/%s/%s", kind, collection->name, text);
    struct names_seen *seen;
    HASH_FIND_STR(names->seen, key, seen);
    if (seen != NULL)
        return false;
    seen = mem_new(names->arena, struct names_seen);
    seen->text = key;
    HASH_ADD_KEYPTR(hh, names->seen, key, strlen(key), seen);
    return true;
}

static struct names_list *list_for(struct names *names, const struct collection *collection)
{
    for (size_t i = 0; i < names->n_lists; i++)
        if (names->lists[i].collection == collection)
            return &names->lists[i];
    if (names->n_lists == sizeof names->lists / sizeof *names->lists)
        abort(); /* there are fewer collections than that */
    names->lists[names->n_lists].collection = collection;
    return &names->lists[names->n_lists++];
}

void names_id(struct names *names, const struct collection *collection, const char *id)
{
    if (id == NULL || workset_knows(names->workset, collection, id) ||
        !first(names, "id", collection, id))
        return;
    struct names_list *list = list_for(names, collection);
    list->ids = mem_grow(names->arena, list->ids, const char *, list->n_ids + 1);
    list->ids[list->n_ids++] = id;
}

void names_pool(struct names *names, const char *event_id, const char *name)
{
    if (event_id != NULL && name != NULL)
        names_id(names, &collection_pools, pool_id(names->arena, event_id, name));
}

void names_key(struct names *names, const struct collection *collection, const char *key)
{
    if (key == NULL || !first(names, "key", collection, key))
        return;
    struct names_list *list = list_for(names, collection);
    list->keys = mem_grow(names->arena, list->keys, const char *, list->n_keys + 1);
    list->keys[list->n_keys++] = key;
}

static void add_page(struct names *names, struct store_page page)
{
    names->pages = mem_grow(names->arena, names->pages, struct store_page, names->n_pages + 1);
    names->pages[names->n_pages++] = page;
}

void names_page(struct names *names, const struct collection *collection, const char *event_id,
                const char *after, const char *status, size_t limit)
{
    if (event_id == NULL)
        return;
    const char *what = mem_printf(names->arena, "%s/%s/%s/%zu", event_id,
                                  after != NULL ? after : "", status != NULL ? status : "", limit);
    if (first(names, "page", collection, what))
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .after = after,
                                            .status = status,
                                            .limit = limit});
}

void names_some(struct names *names, const struct collection *collection, const char *event_id,
                size_t limit)
{
    if (first(names, "some", collection, event_id))
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .unordered = true,
                                            .limit = limit});
}

void names_found(struct names *names, const struct collection *collection, const char *event_id,
                 const char *filter, const char *term, size_t limit)
{
    const char *what = mem_printf(names->arena, "%s/%s/%s", event_id, filter, term);
    if (first(names, "found", collection, what))
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .filter = filter,
                                            .term = term,
                                            .limit = limit});
}

static struct store_page *page_of_any(struct names *names, const struct collection *collection,
                                      const char *event_id, const char *filter)
{
    for (size_t i = 0; i < names->n_pages; i++) {
        struct store_page *page = &names->pages[i];
        if (page->collection == collection && page->unordered && page->filter != NULL &&
            strcmp(page->event_id, event_id) == 0 && strcmp(page->filter, filter) == 0)
            return page;
    }
    return NULL;
}

void names_found_any(struct names *names, const struct collection *collection, const char *event_id,
                     const char *filter, const char *term, size_t limit)
{
    const char *what = mem_printf(names->arena, "%s/%s/%s", event_id, filter, term);
    if (!first(names, "any", collection, what))
        return;
    if (page_of_any(names, collection, event_id, filter) == NULL)
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .filter = filter,
                                            .unordered = true,
                                            .limit = limit});
    struct store_page *page = page_of_any(names, collection, event_id, filter);
    page->terms.at = mem_grow(names->arena, page->terms.at, const char *, page->terms.n + 1);
    page->terms.at[page->terms.n++] = term;
}

void names_found_after(struct names *names, const struct collection *collection,
                       const char *event_id, const char *filter, const struct texts *terms,
                       const char *after, size_t limit)
{
    const char *what = mem_printf(names->arena, "%s/%s/%s/%s", event_id, filter, terms->at[0],
                                  after != NULL ? after : "");
    if (first(names, "after", collection, what))
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .filter = filter,
                                            .terms = *terms,
                                            .after = after,
                                            .limit = limit});
}

void names_waiting(struct names *names, const struct collection *collection, const char *event_id,
                   const char *text, size_t limit)
{
    if (first(names, "waiting", collection, text))
        add_page(names, (struct store_page){.collection = collection,
                                            .event_id = event_id,
                                            .waits_for = text,
                                            .limit = limit});
}
