#include "libshared/base/mem.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRINT_ROOM 256

static void out_of_memory(void)
{
    static const char message[] = "out of memory\n";
    (void)!write(2, message, sizeof message - 1);
    abort();
}

static void on_talloc_abort(const char *reason)
{
    (void)reason;
    out_of_memory();
}

static void *checked(void *pointer)
{
    if (pointer == NULL)
        out_of_memory();
    return pointer;
}

static void *json_malloc(size_t size)
{
    return checked(malloc(size));
}

/* Threads that wait most of the time need no heap each. */
#define HEAPS 2
/* Between here and the end of a heap, what is free is soon used again. */
#define KEPT_FREE (256 * 1024)

void mem_give_back(void)
{
    (void)malloc_trim(KEPT_FREE);
}

void mem_init(void)
{
    (void)mallopt(M_ARENA_MAX, HEAPS);
    talloc_set_abort_fn(on_talloc_abort);
    json_set_alloc_funcs(json_malloc, free);
}

void *mem_arena(const void *parent, size_t size)
{
    return checked(size > 0 ? talloc_pool(parent, size) : talloc_new(parent));
}

void mem_free(void *arena)
{
    if (arena != NULL)
        talloc_free(arena);
}

void mem_freep(void *pointer_to_arena)
{
    mem_free(*(void **)pointer_to_arena);
}

void *mem_bytes(const void *arena, size_t size)
{
    return checked(talloc_size(arena, size));
}

void *mem_zeroed(const void *arena, size_t size)
{
    return memset(mem_bytes(arena, size), 0, size);
}

void *mem_dup(const void *arena, const void *from, size_t size)
{
    void *copy = mem_bytes(arena, size);
    return size > 0 ? memcpy(copy, from, size) : copy;
}

char *mem_strdup(const void *arena, const char *text)
{
    return text == NULL ? NULL : checked(talloc_strdup(arena, text));
}

char *mem_strndup(const void *arena, const char *text, size_t length)
{
    return checked(talloc_strndup(arena, text, length));
}

char *mem_printf(const void *arena, const char *format, ...)
{
    char room[PRINT_ROOM]; /* so that most are formatted once */
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(room, sizeof room, format, arguments);
    va_end(arguments);
    if (n >= 0 && n < PRINT_ROOM)
        return checked(talloc_memdup(arena, room, (size_t)n + 1));
    if (n < 0)
        out_of_memory(); /* of the library */
    char *text = mem_bytes(arena, (size_t)n + 1);
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)n + 1, format, arguments);
    va_end(arguments);
    return text;
}

void *mem_grow_bytes(const void *arena, void *array, size_t member, size_t n)
{
    size_t have = array == NULL ? 0 : talloc_get_size(array) / member;
    if (n <= have)
        return array;
    size_t want = have * 2 > n ? have * 2 : n;
    if (want < 8)
        want = 8;
    return checked(talloc_realloc_size(arena, array, want * member));
}
