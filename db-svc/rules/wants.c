#include "db-svc/rules/wants.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/mem.h"

struct wanted {
    const char *text;
    UT_hash_handle hh;
};

void wants_open(struct wants *wants, void *arena, const struct workset *workset)
{
    *wants = (struct wants){.arena = arena, .workset = workset};
}

void wants_close(struct wants *wants)
{
    for (size_t i = 0; i < wants->n_lists; i++) {
        HASH_CLEAR(hh, wants->lists[i].seen_ids);
        HASH_CLEAR(hh, wants->lists[i].seen_keys);
    }
    HASH_CLEAR(hh, wants->seen_pages);
}

bool wants_any(const struct wants *wants)
{
    return wants->n_lists > 0 || wants->n_pages > 0;
}

/* A copy of `text`, if it was not yet seen; or else NULL. */
static const char *first(struct wants *wants, struct wanted **seen, const char *text)
{
    struct wanted *wanted;
    HASH_FIND_STR(*seen, text, wanted);
    if (wanted != NULL)
        return NULL;
    wanted = mem_new(wants->arena, struct wanted);
    wanted->text = mem_strdup(wants->arena, text);
    HASH_ADD_KEYPTR(hh, *seen, wanted->text, strlen(wanted->text), wanted);
    return wanted->text;
}

static struct wants_list *list_for(struct wants *wants, const struct collection *collection)
{
    for (size_t i = 0; i < wants->n_lists; i++)
        if (wants->lists[i].collection == collection)
            return &wants->lists[i];
    if (wants->n_lists == WORKSET_TABLES)
        abort(); /* there are fewer collections than that */
    wants->lists[wants->n_lists] = (struct wants_list){.collection = collection};
    return &wants->lists[wants->n_lists++];
}

bool wants_id(struct wants *wants, const struct collection *collection, const char *id)
{
    if (id == NULL || workset_knows(wants->workset, collection, id))
        return false;
    struct wants_list *list = list_for(wants, collection);
    const char *copy = first(wants, &list->seen_ids, id);
    if (copy != NULL) {
        list->ids = mem_grow(wants->arena, list->ids, const char *, list->n_ids + 1);
        list->ids[list->n_ids++] = copy;
    }
    return true;
}

bool wants_key(struct wants *wants, const struct collection *collection, const char *key)
{
    if (key == NULL || workset_knows_key(wants->workset, collection, key))
        return false;
    struct wants_list *list = list_for(wants, collection);
    const char *copy = first(wants, &list->seen_keys, key);
    if (copy != NULL) {
        list->keys = mem_grow(wants->arena, list->keys, const char *, list->n_keys + 1);
        list->keys[list->n_keys++] = copy;
    }
    return true;
}

static void append(void *arena, struct texts *texts, const char *text)
{
    texts->at = mem_grow(arena, texts->at, const char *, texts->n + 1);
    texts->at[texts->n++] = text;
}

static struct texts copy_texts(void *arena, const struct texts *texts)
{
    struct texts copy = {0};
    for (size_t i = 0; i < texts->n; i++)
        append(arena, &copy, mem_strdup(arena, texts->at[i]));
    return copy;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

static const char *name_of(void *arena, const struct store_page *page)
{
    char *name = mem_printf(arena, "%s/%zu/%d\n%s\n%s\n%s\n%s\n%s\n%s", page->collection->name,
                            page->limit, page->unordered, page->event_id, text_or_none(page->after),
                            text_or_none(page->status), text_or_none(page->filter),
                            text_or_none(page->term), text_or_none(page->waits_for));
    for (size_t i = 0; i < page->terms.n; i++)
        name = mem_printf(arena, "%s\n%s", name, page->terms.at[i]);
    return name;
}

static bool by_one_term(const struct store_page *page)
{
    return page->unordered && page->filter != NULL && page->term != NULL;
}

/* The page that it can be loaded with; NULL: none. */
static struct wants_page *page_with(struct wants *wants, const struct store_page *page)
{
    for (size_t i = 0; by_one_term(page) && i < wants->n_pages; i++) {
        const struct store_page *other = &wants->pages[i].page;
        if (wants->pages[i].by_any && other->collection == page->collection &&
            strcmp(other->event_id, page->event_id) == 0 &&
            strcmp(other->filter, page->filter) == 0 && other->limit == page->limit)
            return &wants->pages[i];
    }
    return NULL;
}

static struct wants_page *new_page(struct wants *wants, const struct store_page *page)
{
    void *arena = wants->arena;
    wants->pages = mem_grow(arena, wants->pages, struct wants_page, wants->n_pages + 1);
    struct wants_page *copy = &wants->pages[wants->n_pages++];
    *copy = (struct wants_page){.page = *page, .by_any = by_one_term(page)};
    copy->page.event_id = mem_strdup(arena, page->event_id);
    copy->page.after = mem_strdup(arena, page->after);
    copy->page.status = mem_strdup(arena, page->status);
    copy->page.term = copy->by_any ? NULL : mem_strdup(arena, page->term);
    copy->page.waits_for = mem_strdup(arena, page->waits_for);
    copy->page.terms = copy_texts(arena, &page->terms);
    return copy;
}

static void add_page(struct wants *wants, const struct store_page *page, const char *name)
{
    struct wants_page *to = page_with(wants, page);
    if (to == NULL)
        to = new_page(wants, page);
    if (to->by_any)
        append(wants->arena, &to->page.terms, mem_strdup(wants->arena, page->term));
    append(wants->arena, &to->names, name);
}

bool wants_page(struct wants *wants, const struct store_page *page)
{
    const char *name = name_of(wants->arena, page);
    if (workset_knows_page(wants->workset, name))
        return false;
    if (first(wants, &wants->seen_pages, name) != NULL)
        add_page(wants, page, name);
    return true;
}

void wants_fulfilled(const struct wants *wants, struct workset *workset)
{
    for (size_t i = 0; i < wants->n_lists; i++)
        for (size_t k = 0; k < wants->lists[i].n_keys; k++)
            workset_know_key(workset, wants->lists[i].collection, wants->lists[i].keys[k]);
    for (size_t i = 0; i < wants->n_pages; i++)
        for (size_t k = 0; k < wants->pages[i].names.n; k++)
            workset_know_page(workset, wants->pages[i].names.at[k]);
}
