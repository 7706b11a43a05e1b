/* sanitizer: what AddressSanitizer must know of stacks that are switched; nothing without it. */
#pragma once

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ADDRESS_SANITIZER
#endif

/* One side of a switch: its stack, and what the sanitizer keeps of it while it is left. */
struct switched_stack {
    const void *bottom;
    size_t size;
    void *kept;
};

#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* Before the jump from one to the other; `from` NULL: it is never come back to. */
static inline void switch_begin(struct switched_stack *from, const struct switched_stack *to)
{
    __sanitizer_start_switch_fiber(from != NULL ? &from->kept : NULL, to->bottom, to->size);
}

/* After it, on the other; `ret_from` NULL: it is known. */
static inline void switch_end(const struct switched_stack *to, struct switched_stack *ret_from)
{
    __sanitizer_finish_switch_fiber(to->kept, ret_from != NULL ? &ret_from->bottom : NULL,
                                    ret_from != NULL ? &ret_from->size : NULL);
}

/* A stack that another has left in mid-call. */
static inline void stack_begins(const struct switched_stack *stack)
{
    __asan_unpoison_memory_region(stack->bottom, stack->size);
}
#else
static inline void switch_begin(struct switched_stack *from, const struct switched_stack *to)
{
    (void)from, (void)to;
}

static inline void switch_end(const struct switched_stack *to, struct switched_stack *ret_from)
{
    (void)to, (void)ret_from;
}

static inline void stack_begins(const struct switched_stack *stack)
{
    (void)stack;
}
#endif
