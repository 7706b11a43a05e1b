#include "libshared/http/api_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "libshared/base/mem.h"

#define SPACE " \t\r\n"

struct key {
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct api_caller caller;
};

struct table {
    struct key *keys;
    size_t count;
};

/* Distinguishes one state of the file from another; zero when there was none. */
struct stamp {
    struct timespec changed;
    off_t size;
    ino_t inode;
};

struct api_keys {
    const char *path;
    struct stamp stamp;
    struct table *table;
};

static const struct {
    const char *name;
    unsigned scopes;
} scope_names[] = {
    {"admin", API_ALL}, {"sell", API_SELL},     {"hold", API_HOLD},     {"gate", API_GATE},
    {"read", API_READ}, {"attend", API_ATTEND}, {"notify", API_NOTIFY},
};

static char *trim(char *text)
{
    text += strspn(text, SPACE);
    size_t size = strlen(text);
    while (size > 0 && strchr(SPACE, text[size - 1]) != NULL)
        size--;
    text[size] = '\0';
    return text;
}

static bool read_name(const char *text, char ret_name[API_KEY_NAME_SIZE])
{
    size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    if (size == 0 || text[size] != '\0' || size >= API_KEY_NAME_SIZE ||
        strcmp(text, "anonymous") == 0)
        return false;
    memcpy(ret_name, text, size + 1);
    return true;
}

static bool read_hash(const char *text, unsigned char ret_hash[crypto_hash_sha256_BYTES])
{
    size_t size = 0;
    return strlen(text) == 2 * (size_t)crypto_hash_sha256_BYTES &&
           sodium_hex2bin(ret_hash, crypto_hash_sha256_BYTES, text, strlen(text), NULL, &size,
                          NULL) == 0 &&
           size == crypto_hash_sha256_BYTES;
}

static unsigned scopes_named(const char *name)
{
    for (size_t i = 0; i < sizeof scope_names / sizeof *scope_names; i++)
        if (strcmp(scope_names[i].name, name) == 0)
            return scope_names[i].scopes;
    return 0;
}

static bool read_scopes(char *text, unsigned *ret_scopes)
{
    *ret_scopes = 0;
    for (char *name; (name = strsep(&text, ",")) != NULL;) {
        unsigned scopes = scopes_named(trim(name));
        if (scopes == 0)
            return false;
        *ret_scopes |= scopes;
    }
    return true;
}

/* NULL, or what is wrong. The line itself is not shown: it may be a key pasted by mistake. */
static const char *read_line(char *line, struct key *ret_key)
{
    const char *name = strsep(&line, ":"), *hash = strsep(&line, ":");
    if (line == NULL || strchr(line, ':') != NULL)
        return "takes name:sha256:scope,scope";
    if (!read_name(name, ret_key->caller.name))
        return "the name is 1 to 63 of A-Z a-z 0-9 . _ - and not \"anonymous\"";
    if (!read_hash(hash, ret_key->hash))
        return "the hash is 64 hexadecimal digits";
    if (!read_scopes(line, &ret_key->caller.scopes))
        return "scopes are of admin, sell, hold, gate, attend, notify, read";
    return NULL;
}

static const struct key *find_hash(const struct table *table,
                                   const unsigned char hash[crypto_hash_sha256_BYTES])
{
    const struct key *found = NULL;
    for (size_t i = 0; i < table->count; i++) /* all of them, whichever it is */
        if (sodium_memcmp(table->keys[i].hash, hash, crypto_hash_sha256_BYTES) == 0)
            found = &table->keys[i];
    return found;
}

static const char *add_line(struct table *table, char *line)
{
    struct key key = {.caller = {.scopes = 0}};
    const char *wrong = read_line(line, &key);
    if (wrong != NULL)
        return wrong;
    if (find_hash(table, key.hash) != NULL)
        return "the key is there already";
    table->keys = mem_grow(table, table->keys, struct key, table->count + 1);
    table->keys[table->count++] = key;
    return NULL;
}

static int read_table(struct table *table, const char *path, FILE *file, FILE *errors)
{
    char *buffer = NULL;
    size_t room = 0;
    int faults = 0;
    for (int number = 1; getline(&buffer, &room, file) >= 0; number++) {
        char *line = trim(buffer);
        const char *wrong = *line == '\0' || *line == '#' ? NULL : add_line(table, line);
        if (wrong == NULL)
            continue;
        faults++;
        (void)fprintf(errors, "%s:%d: %s\n", path, number, wrong);
    }
    free(buffer);
    return ferror(file) ? -EIO : faults > 0 ? -EINVAL : 0;
}

static int load(const void *arena, const char *path, FILE *errors, struct table **ret_table)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    struct table *table = mem_new(arena, struct table);
    int r = read_table(table, path, file, errors);
    (void)fclose(file);
    if (r < 0)
        mem_free(table);
    else
        *ret_table = table;
    return r;
}

static int read_stamp(const char *path, struct stamp *ret_stamp)
{
    struct stat now;
    *ret_stamp = (struct stamp){0};
    if (stat(path, &now) < 0)
        return -errno;
    ret_stamp->changed = now.st_mtim;
    ret_stamp->size = now.st_size;
    ret_stamp->inode = now.st_ino;
    return 0;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
    return a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec &&
           a->size == b->size && a->inode == b->inode;
}

int api_keys_open(const void *arena, const char *path, FILE *errors, struct api_keys **ret_keys)
{
    struct api_keys *keys = mem_new(arena, struct api_keys);
    keys->path = mem_strdup(keys, path);
    int r = read_stamp(path, &keys->stamp);
    if (r == 0)
        r = load(keys, path, errors, &keys->table);
    if (r < 0)
        mem_free(keys);
    else
        *ret_keys = keys;
    return r;
}

int api_keys_refresh(struct api_keys *keys, FILE *errors)
{
    struct stamp now;
    int r = read_stamp(keys->path, &now);
    if (same_stamp(&now, &keys->stamp)) /* or still away: said once */
        return 0;
    keys->stamp = now;
    struct table *old = keys->table;
    if (r == 0)
        r = load(keys, keys->path, errors, &keys->table);
    if (r < 0)
        return r;
    mem_free(old);
    return 1;
}

bool api_keys_find(const struct api_keys *keys, const char *authorization,
                   struct api_caller *ret_caller)
{
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *key = authorization + sizeof scheme - 1;
    key += strspn(key, " ");
    size_t size = strcspn(key, SPACE);
    if (size == 0 || key[size + strspn(key + size, SPACE)] != '\0')
        return false;
    unsigned char hash[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(hash, (const unsigned char *)key, size);
    const struct key *found = find_hash(keys->table, hash);
    if (found != NULL)
        *ret_caller = found->caller;
    return found != NULL;
}

bool api_keys_allows(const struct api_caller *caller, unsigned any)
{
    return (caller->scopes & any) != 0;
}
