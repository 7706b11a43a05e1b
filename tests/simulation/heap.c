/* heap: malloc() and its family for the simulator, which is one thread: lists of free blocks by
 * size. A third of a run would be spent in the library's, which has threads and fragmentation to
 * think of. A run begins with the memory of the one before, from its start, in order: old lists
 * lead everywhere, and most of a run would be waiting for memory. Not with a sanitizer, which has
 * its own. */
#include "tests/simulation/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP 16
#define SMALL                                                                                      \
    1024 /* up to here a list for each step, then one for each quarter of a power of two */
#define LISTS 128
#define REGION (UINT64_C(16) * 1024 * 1024)
#define REGIONS 1024
#define HUGE_BLOCK (REGION / 2) /* mapped by itself */
#define IN_USE UINT32_C(0x5eed0001)
#define IS_FREE UINT32_C(0x5eed0002)

struct block {
    uint32_t state;
    uint16_t list, run; /* in which it was taken */
    size_t size;        /* that can be used */
};

/* Begins where its size divides the address, so that a block's is found. */
struct region {
    size_t taken; /* blocks that are not given back */
    size_t unused;
};

static struct {
    void *lists[LISTS]; /* of what follows a block; the next is within it */
    struct region *regions[REGIONS];
    size_t n_regions, region; /* all, and those that are begun */
    char *at;
    size_t left;
    uint16_t run;
} heap;

static size_t size_of(uint32_t list)
{
    if (list < SMALL / STEP)
        return ((size_t)list + 1) * STEP;
    uint32_t above = list - SMALL / STEP;
    return (size_t)(5 + above % 4) * ((size_t)(SMALL / 4) << (above / 4));
}

static uint32_t list_of(size_t size)
{
    if (size <= SMALL)
        return (uint32_t)(size > 0 ? (size - 1) / STEP : 0);
    uint32_t power = 63 - (uint32_t)__builtin_clzll((size - 1) / SMALL);
    size_t quarter = (size_t)(SMALL / 4) << power;
    return SMALL / STEP + 4 * power + (uint32_t)((size - 1) / quarter) - 4;
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static struct region *region_of(const struct block *block)
{
    return (struct region *)((uintptr_t)block & ~(uintptr_t)(REGION - 1));
}

static struct region *new_region(void)
{
    char *memory = map(2 * REGION);
    if (memory == NULL)
        return NULL;
    const size_t before = -(uintptr_t)memory & (REGION - 1);
    (void)munmap(memory + before + REGION, REGION - before);
    if (before > 0)
        (void)munmap(memory, before);
    (void)madvise(memory + before, REGION, MADV_HUGEPAGE); /* a fault for 2 MB, not for 4 KB */
    return (struct region *)(memory + before);
}

static struct region *next_region(void)
{
    if (heap.region == heap.n_regions) {
        struct region *region = heap.n_regions < REGIONS ? new_region() : NULL;
        if (region == NULL)
            return NULL;
        heap.regions[heap.n_regions++] = region;
    }
    return heap.regions[heap.region++];
}

static struct block *carve(size_t size)
{
    if (heap.left < size) {
        struct region *region = next_region();
        if (region == NULL)
            return NULL;
        heap.at = (char *)(region + 1);
        heap.left = REGION - sizeof *region;
    }
    struct block *block = (struct block *)heap.at;
    heap.at += size;
    heap.left -= size;
    return block;
}

static struct block *new_block(size_t size)
{
    bool huge = size > HUGE_BLOCK;
    uint32_t list = huge ? LISTS : list_of(size);
    size_t usable = huge ? size : size_of(list);
    struct block *block = huge ? map(size + sizeof *block) : carve(usable + sizeof *block);
    if (block != NULL)
        *block = (struct block){.list = (uint16_t)list, .run = heap.run, .size = usable};
    return block;
}

/* What libraries keep for good stays where it is, and so does the region that it is in. */
void heap_begin_run(void)
{
    size_t n = 0;
    for (size_t i = 0; i < heap.n_regions; i++)
        if (heap.regions[i]->taken == 0)
            heap.regions[n++] = heap.regions[i];
    memset(heap.lists, 0, sizeof heap.lists);
    heap.n_regions = n;
    heap.region = heap.left = 0;
    heap.run++;
}

static struct block *block_of(void *memory)
{
    return (struct block *)memory - 1;
}

static void *take(size_t size)
{
    void **first = size <= HUGE_BLOCK ? &heap.lists[list_of(size)] : NULL;
    struct block *block;
    if (first != NULL && *first != NULL) {
        block = block_of(*first);
        memcpy(first, *first, sizeof *first);
        if (*first != NULL)
            __builtin_prefetch(block_of(*first), 1); /* it is taken soon, and was left long ago */
    } else {
        block = size < SIZE_MAX / 2 ? new_block(size) : NULL;
    }
    if (block == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    block->state = IN_USE;
    if (block->list != LISTS)
        region_of(block)->taken++;
    return block + 1;
}

/* What is below calls take(): gcc makes calloc() of a malloc() that is set to 0. */
void *malloc(size_t size)
{
    return take(size);
}

void free(void *memory)
{
    if (memory == NULL)
        return;
    struct block *block = block_of(memory);
    if (block->state != IN_USE)
        abort();
    block->state = IS_FREE;
    if (block->list == LISTS) {
        (void)munmap(block, block->size + sizeof *block);
        return;
    }
    region_of(block)->taken--;
    if (block->run != heap.run)
        return;
    memcpy(memory, &heap.lists[block->list], sizeof memory);
    heap.lists[block->list] = memory;
}

void *calloc(size_t n, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = take(all);
    if (memory != NULL)
        memset(memory, 0, all);
    return memory;
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return take(size);
    struct block *block = block_of(memory);
    if (size <= block->size)
        return memory;
    void *larger = take(size);
    if (larger == NULL)
        return NULL;
    memcpy(larger, memory, block->size);
    free(memory);
    return larger;
}

/* Nothing here asks for more than what malloc() aligns to. */
void *memalign(size_t alignment, size_t size)
{
    if (alignment > sizeof(struct block)) {
        errno = ENOMEM;
        return NULL;
    }
    return take(size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *ret_memory = memory;
    return 0;
}

size_t malloc_usable_size(void *memory)
{
    return memory != NULL ? block_of(memory)->size : 0;
}
