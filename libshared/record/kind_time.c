/* Times: RFC 3339 on the wire, milliseconds inside, a date in the store. */
#include "libshared/record/kind.h"

#include "libshared/base/clock.h"

static bool take_time(struct decoder *decoder, const json_t *in, int64_t *ret_ms)
{
    if (!json_is_string(in)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    bool valid = clock_parse(json_string_value(in), ret_ms);
    if (!valid)
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_time);
    return valid;
}

static json_t *schema_time(const struct field *field)
{
    (void)field;
    return json_pack("{ssss}", "type", "string", "format", "date-time");
}

static void decode_time(struct decoder *decoder, const struct field *field, const json_t *in,
                        void *member)
{
    (void)field;
    (void)take_time(decoder, in, member);
}

static void write_time(const struct field *field, const void *member, struct sink *sink,
                       const char *name)
{
    (void)field;
    sink->ops->time(sink, name, *(const int64_t *)member);
}

static void read_time(const struct field *field, const struct source *source, const void *arena,
                      void *member)
{
    (void)field, (void)arena;
    (void)source->ops->time(source, member);
}

const struct kind kind_time = {.name = "time",
                               .decode = decode_time,
                               .write = write_time,
                               .read = read_time,
                               .schema = schema_time};

static void decode_opt_time(struct decoder *decoder, const struct field *field, const json_t *in,
                            void *member)
{
    (void)field;
    struct opt_time *time = member;
    time->set = take_time(decoder, in, &time->ms);
}

static bool opt_time_is_set(const void *member)
{
    return ((const struct opt_time *)member)->set;
}

static void write_opt_time(const struct field *field, const void *member, struct sink *sink,
                           const char *name)
{
    write_time(field, &((const struct opt_time *)member)->ms, sink, name);
}

static void read_opt_time(const struct field *field, const struct source *source, const void *arena,
                          void *member)
{
    (void)field, (void)arena;
    struct opt_time *time = member;
    time->set = source->ops->time(source, &time->ms);
}

const struct kind kind_opt_time = {.name = "time",
                                   .decode = decode_opt_time,
                                   .is_set = opt_time_is_set,
                                   .write = write_opt_time,
                                   .read = read_opt_time,
                                   .schema = schema_time};
