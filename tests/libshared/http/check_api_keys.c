/* The key file and who it lets in. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/http/api_keys.h"

static const char *hash_of(void *arena, const char *key)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const unsigned char *)key, strlen(key));
    text_hex(text, hash, sizeof hash);
    return mem_strdup(arena, text);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static char *file_with(void *arena, const char *text)
{
    char *path = mem_strdup(arena, "/tmp/check_api_keys.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    write_file(path, text);
    return path;
}

/* Opens a file with that text; what it says about faults goes to *ret_errors. */
static int open_text(void *arena, const char *text, struct api_keys **ret_keys, char **ret_errors)
{
    char *said = NULL;
    size_t size = 0;
    FILE *errors = open_memstream(&said, &size);
    char *path = file_with(arena, text);
    int r = api_keys_open(arena, path, errors, ret_keys);
    (void)fclose(errors);
    (void)unlink(path);
    *ret_errors = mem_strdup(arena, said);
    free(said);
    return r;
}

START_TEST(a_key_shows_its_caller)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct api_keys *keys;
    char *errors;
    struct api_caller caller = {.scopes = 0};
    const char *text = mem_printf(arena, "# keys\n\n box-office:%s:sell,gate\r\nops:%s:admin\n",
                                  hash_of(arena, "secret"), hash_of(arena, "other"));
    ck_assert_int_eq(open_text(arena, text, &keys, &errors), 0);
    ck_assert_str_eq(errors, "");
    ck_assert(api_keys_find(keys, "Bearer secret", &caller));
    ck_assert_str_eq(caller.name, "box-office");
    ck_assert(api_keys_find(keys, "bearer   other ", &caller));
    ck_assert_str_eq(caller.name, "ops");
    static const char *const wrong[] = {
        "Bearer Secret", "Bearer",          "Bearer ",     "Basic secret", "",
        "secret",        "Bearer secret x", "Bearersecret"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!api_keys_find(keys, wrong[i], &caller), "%s", wrong[i]);
    ck_assert(!api_keys_find(keys, NULL, &caller));
    ck_assert_str_eq(caller.name, "ops");
}
END_TEST

START_TEST(no_scope_includes_another_but_admin_all)
{
    static const struct {
        const char *scopes;
        unsigned allows;
    } cases[] = {
        {"admin", API_ALL},     {"sell", API_SELL},
        {"hold", API_HOLD},     {"gate", API_GATE},
        {"attend", API_ATTEND}, {"notify", API_NOTIFY},
        {"read", API_READ},     {"hold, read", API_HOLD | API_READ},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
        struct api_keys *keys;
        char *errors;
        struct api_caller caller;
        const char *text = mem_printf(arena, "a:%s:%s\n", hash_of(arena, "k"), cases[i].scopes);
        ck_assert_int_eq(open_text(arena, text, &keys, &errors), 0);
        ck_assert(api_keys_find(keys, "Bearer k", &caller));
        for (unsigned scope = 1; scope < API_ALL; scope <<= 1)
            ck_assert_int_eq(api_keys_allows(&caller, scope), (cases[i].allows & scope) != 0);
    }
    ck_assert(api_keys_allows(&(struct api_caller){.scopes = API_HOLD}, API_SELL | API_HOLD));
}
END_TEST

START_TEST(faults_are_told_by_line)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct api_keys *keys = NULL;
    char *errors;
    const char *hash = hash_of(arena, "k");
    const char *text =
        mem_printf(arena,
                   "# fine\nnobody\na:%s\na:12:read\na:%s:fly\na:%s:\n:%s:read\na b:%s:read\n"
                   "anonymous:%s:read\na:%s:read:more\n",
                   hash, hash, hash, hash, hash, hash, hash);
    ck_assert_int_eq(open_text(arena, text, &keys, &errors), -EINVAL);
    ck_assert_ptr_null(keys);
    for (int line = 2; line <= 10; line++)
        ck_assert_msg(strstr(errors, mem_printf(arena, ":%d: ", line)) != NULL, "line %d: %s", line,
                      errors);
    ck_assert_ptr_null(strstr(errors, ":1: "));
    ck_assert_ptr_null(strstr(errors, hash));
}
END_TEST

START_TEST(one_key_cannot_be_two_callers)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct api_keys *keys;
    char *errors;
    const char *hash = hash_of(arena, "k");
    ck_assert_int_eq(
        open_text(arena, mem_printf(arena, "a:%s:read\nb:%s:read\n", hash, hash), &keys, &errors),
        -EINVAL);
    ck_assert_ptr_nonnull(strstr(errors, ":2: "));
}
END_TEST

START_TEST(no_file_is_an_error)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct api_keys *keys;
    ck_assert_int_eq(api_keys_open(arena, "/nonexistent/keys", stderr, &keys), -ENOENT);
}
END_TEST

START_TEST(a_changed_file_is_read_again)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct api_keys *keys;
    struct api_caller caller;
    FILE *nowhere = fopen("/dev/null", "w");
    char *path = file_with(arena, mem_printf(arena, "a:%s:read\n", hash_of(arena, "one")));
    ck_assert_int_eq(api_keys_open(arena, path, nowhere, &keys), 0);
    ck_assert_int_eq(api_keys_refresh(keys, nowhere), 0);

    write_file(path, mem_printf(arena, "longer-name:%s:read\n", hash_of(arena, "two")));
    ck_assert_int_eq(api_keys_refresh(keys, nowhere), 1);
    ck_assert(!api_keys_find(keys, "Bearer one", &caller));
    ck_assert(api_keys_find(keys, "Bearer two", &caller));

    write_file(path, "broken\n");
    ck_assert_int_eq(api_keys_refresh(keys, nowhere), -EINVAL);
    ck_assert(api_keys_find(keys, "Bearer two", &caller));
    ck_assert_msg(api_keys_refresh(keys, nowhere) == 0, "the same fault is told once");

    (void)unlink(path);
    ck_assert_int_eq(api_keys_refresh(keys, nowhere), -ENOENT);
    ck_assert(api_keys_find(keys, "Bearer two", &caller));
    (void)fclose(nowhere);
}
END_TEST

CHECK_MAIN("api_keys", a_key_shows_its_caller, no_scope_includes_another_but_admin_all,
           faults_are_told_by_line, one_key_cannot_be_two_callers, no_file_is_an_error,
           a_changed_file_is_read_again)
