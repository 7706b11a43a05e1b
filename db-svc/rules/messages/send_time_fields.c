#include "db-svc/rules/messages/send_time_fields.h"

#include <stdbool.h>
#include <string.h>

#include "libshared/base/mem.h"

/* A line a ticket. */
static const char *codes(const void *arena, const struct send_time_fields *fields)
{
    char *lines = mem_strdup(arena, "");
    for (size_t i = 0; i < fields->n_tickets; i++)
        lines = talloc_asprintf_append_buffer(lines, "%s%s", i > 0 ? "\n" : "",
                                              fields->tickets[i].code);
    return lines;
}

static const char *list(const void *arena, const struct send_time_fields *fields)
{
    char *lines = mem_strdup(arena, "");
    for (size_t i = 0; i < fields->n_tickets; i++) {
        const struct delivery_ticket *ticket = &fields->tickets[i];
        bool held = ticket->holder != NULL;
        lines = talloc_asprintf_append_buffer(
            lines, "%s%s%s%s: %s", i > 0 ? "\n" : "", ticket->type != NULL ? ticket->type : "",
            held ? ", " : "", held ? ticket->holder : "", ticket->code);
    }
    return lines;
}

struct fill {
    const char *mark, *value; /* NULL: empty. A NULL mark ends the list */
    bool announced;           /* without it, nor is the line before that ends with a colon */
};

static const struct fill *fill_at(const struct fill *fills, const char *text)
{
    for (; fills->mark != NULL; fills++)
        if (strncmp(text, fills->mark, strlen(fills->mark)) == 0)
            return fills;
    return NULL;
}

static const char *value_of(const struct fill *fill)
{
    return fill->value != NULL ? fill->value : "";
}

/* Where what was put out is to go on, without the line that announces what is not there; `after` is
 * behind its mark, and moved behind its line. */
static char *take_back(char *filled, char *out, const char **after)
{
    if (out - filled < 2 || out[-1] != '\n' || out[-2] != ':' || **after != '\n')
        return out;
    char *before = memrchr(filled, '\n', (size_t)(out - filled) - 1);
    *after += strspn(*after, "\n");
    return before != NULL ? before + 1 : filled;
}

static char *put_in(const void *arena, const struct template_text *text, const struct fill *fills)
{
    const size_t size = strlen(text->text);
    size_t room = size + 1, at = 0;
    for (size_t i = 0; i < text->n_marks; i++) {
        const struct fill *fill =
            text->marks[i] < size ? fill_at(fills, text->text + text->marks[i]) : NULL;
        room += fill != NULL ? strlen(value_of(fill)) : 0;
    }
    char *filled = mem_zeroed(arena, room), *out = filled;
    for (size_t i = 0; i < text->n_marks; i++) {
        size_t mark = text->marks[i];
        const struct fill *fill =
            mark >= at && mark < size ? fill_at(fills, text->text + mark) : NULL;
        if (fill == NULL)
            continue;
        out = mempcpy(out, text->text + at, mark - at);
        out = stpcpy(out, value_of(fill));
        const char *after = text->text + mark + strlen(fill->mark);
        if (fill->announced && fill->value == NULL)
            out = take_back(filled, out, &after);
        at = (size_t)(after - text->text);
    }
    (void)stpcpy(out, text->text + at);
    return filled;
}

char *send_time_fields_fill(const void *arena, const struct template_text *text,
                            const struct send_time_fields *fields)
{
    if (text->text == NULL)
        return NULL;
    const struct fill fills[] = {
        {SEND_TIME_CONFIRM, fields->confirm_link},
        {SEND_TIME_CANCEL, fields->cancel_link},
        {SEND_TIME_UNSUBSCRIBE, fields->unsubscribe_link},
        {SEND_TIME_ORDER, fields->order_link, .announced = true},
        {SEND_TIME_CODES, codes(arena, fields)},
        {SEND_TIME_LIST, list(arena, fields)},
        {SEND_TIME_ANSWERS, fields->answers, .announced = true},
        {0},
    };
    return put_in(arena, text, fills);
}

struct template_text send_time_fields_find(const void *arena, const char *text, size_t expected)
{
    static const struct fill marks[] = {{.mark = SEND_TIME_CONFIRM},     {.mark = SEND_TIME_CANCEL},
                                        {.mark = SEND_TIME_UNSUBSCRIBE}, {.mark = SEND_TIME_ORDER},
                                        {.mark = SEND_TIME_CODES},       {.mark = SEND_TIME_LIST},
                                        {.mark = SEND_TIME_ANSWERS},     {.mark = NULL}};
    struct template_text found = {.text = mem_strdup(arena, text)};
    for (const char *at = text; at != NULL && (at = strstr(at, "{{")) != NULL; at++)
        if (fill_at(marks, at) != NULL) {
            found.marks = mem_grow(arena, found.marks, size_t, found.n_marks + 1);
            found.marks[found.n_marks++] = (size_t)(at - text);
        }
    found.n_marks = found.n_marks == expected ? expected : 0;
    return found;
}
