/* mem: memory in arenas.
 *
 * Every allocation belongs to an arena (a talloc context), which a request or a batch owns; freeing
 * the arena frees all of it. Running out of memory ends the process: no caller checks for NULL.
 * An arena is used by one thread at a time. Sizes are bytes. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <talloc.h>

/* Makes jansson and talloc end the process when memory runs out; call once, first in main(). */
void mem_init(void);

/* Gives pages that are free back to the system: after a burst most are. A millisecond of the heap's
 * lock; for a timer. Any thread. */
void mem_give_back(void);

/* A new arena below `parent` (NULL for a root one), preallocated for `size` bytes of small things.
 */
void *mem_arena(const void *parent, size_t size);
void mem_free(void *arena); /* NULL is allowed */

#define mem_new(arena, T) ((T *)mem_zeroed((arena), sizeof(T)))
#define mem_array(arena, T, n) ((T *)mem_zeroed((arena), sizeof(T) * (size_t)(n)))
void *mem_zeroed(const void *arena, size_t size);
/* Not cleared: for what is written to at once. */
void *mem_bytes(const void *arena, size_t size);
void *mem_dup(const void *arena, const void *from, size_t size);
char *mem_strdup(const void *arena, const char *text); /* NULL gives NULL */
char *mem_strndup(const void *arena, const char *text, size_t length);
char *mem_printf(const void *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Grows `array` (a talloc array or NULL) so that it holds `n` members; doubles, so appending is
 * amortised. Returns the array, perhaps moved. New members are not cleared. */
#define mem_grow(arena, array, T, n) ((T *)mem_grow_bytes((arena), (array), sizeof(T), (size_t)(n)))
void *mem_grow_bytes(const void *arena, void *array, size_t member, size_t n);

#define _cleanup_(f) __attribute__((cleanup(f)))
void mem_freep(void *pointer_to_arena); /* for _cleanup_ */
