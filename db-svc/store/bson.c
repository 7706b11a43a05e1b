#include "db-svc/store/bson.h"

#include <string.h>

#include "libshared/base/mem.h"

static bson_t *top(struct bson_sink *sink)
{
    return sink->depth == 0 ? sink->document : &sink->levels[sink->depth - 1].document;
}

#define KEY_SIZE 16
/* The name, or the next index of the list that is open. */
static const char *key(struct bson_sink *sink, const char *name, char room[KEY_SIZE])
{
    if (sink->depth == 0)
        return strcmp(name, "id") == 0 ? "_id" : name;
    struct bson_level *level = &sink->levels[sink->depth - 1];
    if (level->list)
        (void)bson_uint32_to_string(level->n++, &name, room, KEY_SIZE);
    return name;
}

static void put_string(struct sink *sink, const char *name, const char *value)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    char room[KEY_SIZE];
    (void)bson_append_utf8(top(to), key(to, name, room), -1, value, -1);
}

static void put_int64(struct sink *sink, const char *name, int64_t value)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    char room[KEY_SIZE];
    (void)bson_append_int64(top(to), key(to, name, room), -1, value);
}

static void put_boolean(struct sink *sink, const char *name, bool value)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    char room[KEY_SIZE];
    (void)bson_append_bool(top(to), key(to, name, room), -1, value);
}

static void put_time(struct sink *sink, const char *name, int64_t wall_ms)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    char room[KEY_SIZE];
    (void)bson_append_date_time(top(to), key(to, name, room), -1, wall_ms);
}

static void begin(struct sink *sink, const char *name, bool list)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    char room[KEY_SIZE];
    const char *as = key(to, name, room);
    struct bson_level *level = &to->levels[to->depth];
    level->list = list;
    level->n = 0;
    if (list)
        (void)bson_append_array_begin(top(to), as, -1, &level->document);
    else
        (void)bson_append_document_begin(top(to), as, -1, &level->document);
    to->depth++;
}

static void end(struct sink *sink)
{
    struct bson_sink *to = (struct bson_sink *)sink;
    struct bson_level *level = &to->levels[--to->depth];
    if (level->list)
        (void)bson_append_array_end(top(to), &level->document);
    else
        (void)bson_append_document_end(top(to), &level->document);
}

static const struct sink_ops sink_ops = {put_string, put_int64, put_boolean, put_time, begin, end};

void bson_sink_open(struct bson_sink *sink, bson_t *document)
{
    sink->sink.ops = &sink_ops;
    sink->document = document;
    sink->depth = 0;
}

struct bson_source {
    struct source source;
    bson_iter_t at;
    bool outermost;
};

static bool next(struct source *source, const char **ret_name)
{
    struct bson_source *from = (struct bson_source *)source;
    if (!bson_iter_next(&from->at))
        return false;
    const char *name = bson_iter_key(&from->at);
    *ret_name = from->outermost && strcmp(name, "_id") == 0 ? "id" : name;
    return true;
}

/* Text is not copied: the document itself lies in the arena. */
static bool get_string(const struct source *source, const void *arena, const char **ret_value)
{
    (void)arena;
    const bson_iter_t *at = &((const struct bson_source *)source)->at;
    if (!BSON_ITER_HOLDS_UTF8(at))
        return false;
    *ret_value = bson_iter_utf8(at, NULL);
    return true;
}

static bool get_int64(const struct source *source, int64_t *ret_value)
{
    const bson_iter_t *at = &((const struct bson_source *)source)->at;
    if (!BSON_ITER_HOLDS_INT(at))
        return false;
    *ret_value = bson_iter_as_int64(at);
    return true;
}

static bool get_boolean(const struct source *source, bool *ret_value)
{
    const bson_iter_t *at = &((const struct bson_source *)source)->at;
    if (!BSON_ITER_HOLDS_BOOL(at))
        return false;
    *ret_value = bson_iter_bool(at);
    return true;
}

static bool get_time(const struct source *source, int64_t *ret_wall_ms)
{
    const bson_iter_t *at = &((const struct bson_source *)source)->at;
    if (!BSON_ITER_HOLDS_DATE_TIME(at))
        return false;
    *ret_wall_ms = bson_iter_date_time(at);
    return true;
}

static struct source *open_inner(const struct source *source, const void *arena);

static const struct source_ops source_ops = {next,        get_string, get_int64,
                                             get_boolean, get_time,   open_inner};

/* libbson's types want more alignment than an arena gives. */
static void *aligned(const void *arena, size_t size, size_t alignment)
{
    uintptr_t room = (uintptr_t)mem_zeroed(arena, size + alignment);
    return (void *)((room + alignment - 1) / alignment * alignment);
}

static struct source *open_inner(const struct source *source, const void *arena)
{
    const bson_iter_t *at = &((const struct bson_source *)source)->at;
    bson_iter_t inner;
    if (!(BSON_ITER_HOLDS_DOCUMENT(at) || BSON_ITER_HOLDS_ARRAY(at)) ||
        !bson_iter_recurse(at, &inner))
        return NULL;
    struct bson_source *opened = aligned(arena, sizeof *opened, __alignof__(*opened));
    *opened = (struct bson_source){.source.ops = &source_ops, .at = inner};
    return &opened->source;
}

void *bson_record(const void *arena, const struct record *record, const bson_t *document)
{
    const uint8_t *bytes = mem_dup(arena, bson_get_data(document), document->len);
    struct bson_source source = {.source.ops = &source_ops, .outermost = true};
    void *members = mem_zeroed(arena, record->size);
    if (bson_iter_init_from_data(&source.at, bytes, document->len))
        record_read(record, &source.source, arena, members);
    return members;
}

void bson_texts(bson_t *document, const char *name, const char *const *texts, size_t n)
{
    bson_t list;
    char room[KEY_SIZE];
    const char *at;
    (void)bson_append_array_begin(document, name, -1, &list);
    for (size_t i = 0; i < n; i++) {
        (void)bson_uint32_to_string((uint32_t)i, &at, room, sizeof room);
        (void)bson_append_utf8(&list, at, -1, texts[i], -1);
    }
    (void)bson_append_array_end(document, &list);
}

void bson_one_or_texts(bson_t *document, const char *name, const char *const *texts, size_t n)
{
    if (n == 1)
        (void)bson_append_utf8(document, name, -1, texts[0], -1);
    else if (n > 1)
        bson_texts(document, name, texts, n);
}

void bson_any_of(bson_t *filter, const char *name, const char *const *texts, size_t n)
{
    bson_t in;
    (void)bson_append_document_begin(filter, name, -1, &in);
    bson_texts(&in, "$in", texts, n);
    (void)bson_append_document_end(filter, &in);
}

void bson_sort(bson_t *options, const char *first, const char *second, int32_t direction)
{
    bson_t sort;
    (void)BSON_APPEND_DOCUMENT_BEGIN(options, "sort", &sort);
    (void)bson_append_int32(&sort, first, -1, direction);
    if (second != NULL)
        (void)bson_append_int32(&sort, second, -1, direction);
    (void)bson_append_document_end(options, &sort);
}

bool bson_to_each(void *context, const bson_t *document)
{
    const struct bson_to_each *to = context;
    to->each(to->context, bson_record(to->arena, to->record, document));
    return true;
}
