#include "attendees-svc/charset_reader.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "libshared/base/mem.h"

#define NO_TEXT '\x01'
#define IN_MAX 4096
#define OUT_MAX (3 * IN_MAX) /* a byte, or a unit of UTF-16, is three bytes at most in UTF-8 */
#define MARK 2               /* bytes of UTF-16's byte order mark */
#define NONE ((iconv_t)-1)

/* As they are asked for, and as the C library knows them; NULL: no conversion. */
static const struct {
    const char *name, *iconv;
} charsets[] = {
    {"utf-8", NULL},
    {"utf8", NULL},
    {"utf-16", "UTF-16LE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"iso-8859-1", "CP1252"},
    {"latin1", "CP1252"},
    {"latin-1", "CP1252"},
    {"windows-1252", "CP1252"},
    {"cp1252", "CP1252"},
    {"iso-8859-15", "ISO-8859-15"},
};
#define CHARSETS (sizeof charsets / sizeof *charsets)

struct charset_reader {
    const char *charset; /* iconv's name; NULL: UTF-8 */
    iconv_t converter;   /* NONE: the bytes are passed on */
    bool begun;          /* its beginning was looked at for a mark */
    char in[IN_MAX];
    size_t n_in;
    char out[OUT_MAX];
    size_t n_out, taken;
};

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < CHARSETS && strcasecmp(charsets[i].name, name) != 0)
        i++;
    return i;
}

bool charset_is_known(const char *name)
{
    return index_of(name) < CHARSETS;
}

static int close_converter(struct charset_reader *reader)
{
    if (reader->converter != NONE)
        (void)iconv_close(reader->converter);
    return 0;
}

struct charset_reader *charset_reader_new(const void *arena, const char *charset)
{
    struct charset_reader *reader = mem_new(arena, struct charset_reader);
    reader->charset = charset != NULL ? charsets[index_of(charset)].iconv : NULL;
    reader->converter = NONE;
    talloc_set_destructor(reader, close_converter);
    return reader;
}

static void begin(struct charset_reader *reader)
{
    reader->begun = true;
    if (reader->n_in >= MARK && memcmp(reader->in, "\xff\xfe", MARK) == 0)
        reader->charset = "UTF-16LE";
    else if (reader->n_in >= MARK && memcmp(reader->in, "\xfe\xff", MARK) == 0)
        reader->charset = "UTF-16BE";
    if (reader->charset == NULL)
        return;
    reader->converter = iconv_open("UTF-8", reader->charset);
    if (reader->converter == NONE)
        abort(); /* out of memory: the C library has all of them */
}

/* A unit of the charset that is no text. */
static void pass_over(struct charset_reader *reader, char **at, size_t *left)
{
    size_t unit = strncmp(reader->charset, "UTF-16", strlen("UTF-16")) == 0 ? 2 : 1;
    unit = unit < *left ? unit : *left;
    *at += unit;
    *left -= unit;
    reader->out[reader->n_out++] = NO_TEXT;
}

/* All but a character that has not ended yet. */
static void convert(struct charset_reader *reader, char **at, size_t *left)
{
    while (*left > 0) {
        char *to = reader->out + reader->n_out;
        size_t room = OUT_MAX - reader->n_out;
        size_t converted = iconv(reader->converter, at, left, &to, &room);
        reader->n_out = OUT_MAX - room;
        if (converted == (size_t)-1 && errno == EILSEQ)
            pass_over(reader, at, left);
        else if (converted == (size_t)-1)
            return;
    }
}

static void read_in(struct charset_reader *reader)
{
    char *at = reader->in;
    size_t left = reader->n_in;
    reader->n_out = reader->taken = 0;
    if (!reader->begun)
        begin(reader);
    if (reader->converter != NONE) {
        convert(reader, &at, &left);
    } else {
        memcpy(reader->out, at, left);
        reader->n_out = left;
        left = 0;
    }
    memmove(reader->in, at, left);
    reader->n_in = left;
}

size_t charset_reader_feed(struct charset_reader *reader, const char *bytes, size_t size)
{
    if (reader->taken < reader->n_out)
        return 0;
    size_t room = IN_MAX - reader->n_in, n = size < room ? size : room;
    memcpy(reader->in + reader->n_in, bytes, n);
    reader->n_in += n;
    if (reader->begun || reader->n_in >= MARK)
        read_in(reader);
    return n;
}

void charset_reader_end(struct charset_reader *reader)
{
    read_in(reader);
    if (reader->n_in > 0)
        reader->out[reader->n_out++] = NO_TEXT;
    reader->n_in = 0;
}

const char *charset_reader_text(const struct charset_reader *reader, size_t *ret_size)
{
    *ret_size = reader->n_out - reader->taken;
    return reader->out + reader->taken;
}

void charset_reader_take(struct charset_reader *reader, size_t size)
{
    reader->taken += size;
}
