/* What stands in the place of the system's clocks, entropy, threads, waits and memory, by the
 * linker's --wrap. */
#include <bson/bson.h>
#include <limits.h>
#include <pthread.h>
#include <poll.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"
#include "tests/simulation/world/threads.h"
#include "tests/simulation/world/world.h"

/* --- Clocks --- */

int64_t __wrap_clock_wall_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
struct clock_time __wrap_clock_read(void);

int64_t __wrap_clock_wall_ms(void)
{
    return world_wall_us(world_node()) / 1000;
}

int64_t __wrap_clock_monotonic_ms(void)
{
    return world_monotonic_us(world_node()) / 1000;
}

struct clock_time __wrap_clock_read(void)
{
    int64_t us = world_monotonic_us(world_node());
    return (struct clock_time){
        .wall_ms = __wrap_clock_wall_ms(), .monotonic_ms = us / 1000, .monotonic_us = us};
}

/* --- Entropy --- */

void __wrap_randombytes_buf(void *bytes, size_t size);

void __wrap_randombytes_buf(void *bytes, size_t size)
{
    dice_fill(&world->entropy, bytes, size);
}

/* --- Signatures: nobody checks them here, and they are a sixth of a sale --- */

int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *ret_size,
                                const unsigned char *message, unsigned long long size,
                                const unsigned char *key);

int __wrap_crypto_sign_detached(unsigned char *signature, unsigned long long *ret_size,
                                const unsigned char *message, unsigned long long size,
                                const unsigned char *key)
{
    (void)key;
    for (size_t i = 0; i < crypto_sign_BYTES; i++)
        signature[i] = size > 0 ? (unsigned char)(message[i % size] + i) : 0;
    if (ret_size != NULL)
        *ret_size = crypto_sign_BYTES;
    return 0;
}

/* --- Digests: nobody here looks for two texts of the same --- */

/* Four sums, each of every byte, in the place of the state of SHA-256. */
#define SUMS 4
struct digest {
    uint64_t sums[SUMS];
    uint64_t size;
    uint8_t rest[sizeof(uint64_t)];
};
_Static_assert(sizeof(struct digest) <= sizeof(crypto_hash_sha256_state), "it takes its place");

int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *state);
int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *state, const unsigned char *bytes,
                                     unsigned long long size);
int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *state, unsigned char *ret_digest);
int __wrap_crypto_hash_sha256(unsigned char *ret_digest, const unsigned char *bytes,
                              unsigned long long size);

static void digest_word(struct digest *digest, const uint8_t *bytes)
{
    static const uint64_t factors[SUMS] = {
        UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9), UINT64_C(0x94d049bb133111eb),
        UINT64_C(0xd6e8feb86659fd93)};
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    for (size_t i = 0; i < SUMS; i++) {
        digest->sums[i] = (digest->sums[i] ^ word) * factors[i];
        digest->sums[i] ^= digest->sums[i] >> 29;
    }
}

int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *state)
{
    memset(state, 0, sizeof *state);
    return 0;
}

int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *state, const unsigned char *bytes,
                                     unsigned long long size)
{
    struct digest *digest = (struct digest *)state;
    while (size > 0) {
        const size_t at = digest->size % sizeof digest->rest, room = sizeof digest->rest - at;
        const size_t n = size < room ? (size_t)size : room;
        memcpy(digest->rest + at, bytes, n);
        if (n == room)
            digest_word(digest, digest->rest);
        digest->size += n;
        bytes += n;
        size -= n;
    }
    return 0;
}

int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *state, unsigned char *ret_digest)
{
    struct digest *digest = (struct digest *)state;
    const uint64_t size = digest->size;
    memset(digest->rest + size % sizeof digest->rest, 0,
           sizeof digest->rest - size % sizeof digest->rest);
    digest_word(digest, digest->rest);
    digest_word(digest, (const uint8_t *)&size);
    memcpy(ret_digest, digest->sums, sizeof digest->sums);
    return 0;
}

int __wrap_crypto_hash_sha256(unsigned char *ret_digest, const unsigned char *bytes,
                              unsigned long long size)
{
    crypto_hash_sha256_state state;
    (void)__wrap_crypto_hash_sha256_init(&state);
    (void)__wrap_crypto_hash_sha256_update(&state, bytes, size);
    return __wrap_crypto_hash_sha256_final(&state, ret_digest);
}

/* --- Packed receipts: the simulated database damages nothing, and the checker reads them all: to
 * look at each of their bytes would be two fifths of a run --- */

bool __wrap_bson_validate(const bson_t *document, bson_validate_flags_t flags, size_t *ret_offset);

bool __wrap_bson_validate(const bson_t *document, bson_validate_flags_t flags, size_t *ret_offset)
{
    (void)document;
    (void)flags;
    (void)ret_offset;
    return true;
}

/* --- Threads and waits --- */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_join(pthread_t thread, void **ret_result);
int __wrap_eventfd(unsigned value, int flags);
int __wrap_poll(struct pollfd *polled, nfds_t n, int timeout_ms);
void __wrap_stop_flag_open(struct stop_flag *flag);
void __wrap_stop_flag_close(struct stop_flag *flag);
void __wrap_stop_flag_set(struct stop_flag *flag);
bool __wrap_stop_flag_wait(struct stop_flag *flag, int wait_ms);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    (void)attributes;
    *thread = (pthread_t)(uintptr_t)thread_start(run, argument);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **ret_result)
{
    (void)ret_result;
    thread_join((struct fiber *)(uintptr_t)thread);
    return 0;
}

/* Nobody waits for it here, and a process that dies would not close it. */
int __wrap_eventfd(unsigned value, int flags)
{
    (void)value;
    (void)flags;
    return INT_MAX;
}

int __wrap_poll(struct pollfd *polled, nfds_t n, int timeout_ms)
{
    (void)polled;
    (void)n;
    world_wait((int64_t)timeout_ms * 1000);
    return 0;
}

void __wrap_stop_flag_open(struct stop_flag *flag)
{
    flag->stopped = false;
}

void __wrap_stop_flag_close(struct stop_flag *flag)
{
    (void)flag;
}

void __wrap_stop_flag_set(struct stop_flag *flag)
{
    flag->stopped = true;
    world_wake(flag);
}

bool __wrap_stop_flag_wait(struct stop_flag *flag, int wait_ms)
{
    if (!flag->stopped)
        world_wait_for(flag, world->now + (int64_t)wait_ms * 1000);
    return flag->stopped;
}

/* --- The end of a process --- */

void __real_abort(void) __attribute__((noreturn));
void __wrap_abort(void) __attribute__((noreturn));
void __real___assert_fail(const char *what, const char *file, unsigned line, const char *function)
    __attribute__((noreturn));
void __wrap___assert_fail(const char *what, const char *file, unsigned line, const char *function)
    __attribute__((noreturn));

void __wrap_abort(void)
{
    struct node *node = world_node();
    if (node != NULL)
        thread_abort(node);
    __real_abort();
}

void __wrap___assert_fail(const char *what, const char *file, unsigned line, const char *function)
{
    if (world_node() == NULL)
        __real___assert_fail(what, file, line, function);
    fprintf(stderr, "%s:%u: %s: %s\n", file, line, function, what);
    __wrap_abort();
}

/* --- Memory: what has no arena is the node's --- */

void *__real_mem_arena(const void *parent, size_t size);
void *__wrap_mem_arena(const void *parent, size_t size);
void *__real_mem_bytes(const void *arena, size_t size);
void *__wrap_mem_bytes(const void *arena, size_t size);
void *__real_mem_zeroed(const void *arena, size_t size);
void *__wrap_mem_zeroed(const void *arena, size_t size);
void *__real_mem_dup(const void *arena, const void *from, size_t size);
void *__wrap_mem_dup(const void *arena, const void *from, size_t size);
void *__real_mem_grow_bytes(const void *arena, void *array, size_t member, size_t n);
void *__wrap_mem_grow_bytes(const void *arena, void *array, size_t member, size_t n);

void *__wrap_mem_arena(const void *parent, size_t size)
{
    return __real_mem_arena(parent != NULL ? parent : world_arena(), size);
}

void *__wrap_mem_bytes(const void *arena, size_t size)
{
    return __real_mem_bytes(arena != NULL ? arena : world_arena(), size);
}

void *__wrap_mem_zeroed(const void *arena, size_t size)
{
    return __real_mem_zeroed(arena != NULL ? arena : world_arena(), size);
}

void *__wrap_mem_dup(const void *arena, const void *from, size_t size)
{
    return __real_mem_dup(arena != NULL ? arena : world_arena(), from, size);
}

void *__wrap_mem_grow_bytes(const void *arena, void *array, size_t member, size_t n)
{
    return __real_mem_grow_bytes(arena != NULL ? arena : world_arena(), array, member, n);
}

/* --- The log --- */

void __wrap_log_write(enum log_level level, const char *event, const struct log_field *fields);

void __wrap_log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (world_log != NULL && level <= LOG_INFO)
        world_log(level, event, fields);
}
