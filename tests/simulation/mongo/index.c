#include "tests/simulation/mongo/index.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/value.h"

static int compare(const struct entry *entry, const uint8_t *bytes, size_t n)
{
    return value_compare(entry->bytes, entry->n, bytes, n);
}

/* Of each level the link that leads to the first entry that is not less. */
static void find(const struct index *index, const uint8_t *bytes, size_t n,
                 struct entry **links[INDEX_LEVELS])
{
    struct entry *const *at = index->first;
    const struct entry *beyond = NULL; /* it was seen on the level above that it is not less */
    for (int level = INDEX_LEVELS - 1; level >= 0; level--) {
        while (at[level] != beyond && at[level] != NULL && compare(at[level], bytes, n) < 0)
            at = at[level]->next;
        links[level] = (struct entry **)&at[level];
        beyond = at[level];
    }
}

static int draw_level(struct index *index)
{
    uint64_t z = ++index->made * UINT64_C(0x9e3779b97f4a7c15);
    z ^= z >> 29;
    z *= UINT64_C(0xbf58476d1ce4e5b9);
    int level = 1 + __builtin_ctzll((z >> 11) | UINT64_C(1) << 40) / 2;
    return level < INDEX_LEVELS ? level : INDEX_LEVELS;
}

void index_add(struct index *index, const uint8_t *bytes, size_t n, struct slot *slot)
{
    struct entry **links[INDEX_LEVELS];
    find(index, bytes, n, links);
    if (*links[0] != NULL && compare(*links[0], bytes, n) == 0) {
        (*links[0])->users++;
        return;
    }
    int level = draw_level(index);
    size_t head = sizeof(struct entry) + (size_t)level * sizeof(struct entry *);
    struct entry *entry = malloc(head + n);
    uint8_t *own = (uint8_t *)entry + head;
    memcpy(own, bytes, n);
    *entry = (struct entry){.slot = slot, .users = 1, .n = (uint32_t)n, .bytes = own};
    for (int i = 0; i < level; i++) {
        entry->next[i] = *links[i];
        *links[i] = entry;
    }
}

void index_remove(struct index *index, const uint8_t *bytes, size_t n)
{
    struct entry **links[INDEX_LEVELS];
    find(index, bytes, n, links);
    struct entry *entry = *links[0];
    if (entry == NULL || compare(entry, bytes, n) != 0 || --entry->users > 0)
        return;
    for (int i = 0; i < INDEX_LEVELS && *links[i] == entry; i++)
        *links[i] = entry->next[i];
    free(entry);
}

struct entry *index_from(const struct index *index, const uint8_t *bytes, size_t n)
{
    struct entry **links[INDEX_LEVELS];
    find(index, bytes, n, links);
    return *links[0];
}

void index_clear(struct index *index)
{
    for (struct entry *entry = index->first[0]; entry != NULL;) {
        struct entry *next = entry->next[0];
        free(entry);
        entry = next;
    }
    memset(index->first, 0, sizeof index->first);
}
