#include "libshared/trace/trace_context.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/text.h"

#define VERSION_END 2
#define TRACE_END 35
#define SPAN_END 52
#define END 55

static int digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Lower case only. */
static bool read_hex(const char *text, uint8_t *ret_bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int high = digit(text[2 * i]), low = high >= 0 ? digit(text[2 * i + 1]) : -1;
        if (low < 0)
            return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool has_form(const char *text)
{
    const size_t size = strlen(text);
    return size >= END && text[VERSION_END] == '-' && text[TRACE_END] == '-' &&
           text[SPAN_END] == '-';
}

bool trace_context_read(const char *text, struct trace_context *ret_context)
{
    struct trace_context context;
    uint8_t version;
    if (text == NULL || !has_form(text) || !read_hex(text, &version, 1) || version == 0xff)
        return false;
    if (text[END] != '\0' && (version == 0 || text[END] != '-'))
        return false;
    if (!read_hex(text + VERSION_END + 1, context.trace_id, TRACE_ID_BYTES) ||
        !read_hex(text + TRACE_END + 1, context.span_id, SPAN_ID_BYTES) ||
        !read_hex(text + SPAN_END + 1, &context.flags, 1))
        return false;
    if (is_zero(context.trace_id, TRACE_ID_BYTES) || is_zero(context.span_id, SPAN_ID_BYTES))
        return false;
    *ret_context = context;
    return true;
}

void trace_context_write(char out[TRACEPARENT_SIZE], const struct trace_context *context)
{
    char trace[TRACE_ID_SIZE], span[2 * SPAN_ID_BYTES + 1];
    text_hex(trace, context->trace_id, TRACE_ID_BYTES);
    text_hex(span, context->span_id, SPAN_ID_BYTES);
    (void)snprintf(out, TRACEPARENT_SIZE, "00-%s-%s-%02x", trace, span,
                   context->flags & (TRACE_SAMPLED | TRACE_RANDOM));
}

void trace_context_id(char out[TRACE_ID_SIZE], const struct trace_context *context)
{
    text_hex(out, context->trace_id, TRACE_ID_BYTES);
}

void trace_context_id_of(char out[TRACE_ID_SIZE], const char *traceparent)
{
    struct trace_context context;
    out[0] = '\0';
    if (trace_context_read(traceparent, &context))
        trace_context_id(out, &context);
}
