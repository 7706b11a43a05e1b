#include "notify-svc/mail_page.h"

#include <string.h>

#include "libshared/base/color.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "notify-svc/html.h"
#include "notify-svc/mail_lines.h"
#include "notify-svc/ticket_line.h"

#define PICTURE_WIDTH 600 /* of a page's sheet */
#define PICTURE_HEIGHT 400

/* The file as it stands beside this one, ended by a 0. */
__asm__(".section .rodata\n"
        "mail_page_built_in:\n"
        ".incbin \"notify-svc/templates/mail.html\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char mail_page_built_in[] __attribute__((visibility("hidden")));

static const struct html_member pictured[] = {
    {.name = "picture"}, {.name = "type"}, {.name = "holder"}, {.name = "code"}, {0}};
static const struct html_member members[] = {{.name = "lang"},
                                             {.name = "es"},
                                             {.name = "subject"},
                                             {.name = "event_name"},
                                             {.name = "event_when"},
                                             {.name = "event_where"},
                                             {.name = "color"},
                                             {.name = "text_color"},
                                             {.name = "event_picture"},
                                             {.name = "event_picture_alt"},
                                             {.name = "event_picture_width"},
                                             {.name = "event_picture_height"},
                                             {.name = "event_picture_narrow"},
                                             {.name = "cancelled"},
                                             {.name = "postponed"},
                                             {.name = "message", .is_html = true},
                                             {.name = "tickets", .members = pictured},
                                             {.name = "left"},
                                             {0}};

const struct html_template *mail_page_template(const void *arena, const char *text,
                                               struct html_fault *ret_fault)
{
    return html_template_read(arena, text != NULL ? text : mail_page_built_in, members, ret_fault);
}

static void set(json_t *values, const char *name, const char *text)
{
    if (text != NULL)
        (void)json_object_set_new(values, name, json_string(text));
}

static void set_number(json_t *values, const char *name, int number)
{
    (void)json_object_set_new(values, name, json_sprintf("%d", number));
}

static void set_color(json_t *values, const char *color)
{
    const char *shown = color != NULL && color_valid(color) ? color : "#1e2a5a";
    set(values, "color", shown);
    set(values, "text_color", color_on(shown));
}

static void set_event(json_t *values, const struct delivery_event *event)
{
    static const char *const spanish[] = {"es", NULL};
    if (event == NULL)
        return;
    set(values, "lang", event->locale);
    set(values, "event_name", event->name);
    set(values, "event_when", event->when);
    set(values, "event_where", event->where);
    set_color(values, event->color);
    (void)json_object_set_new(values, "es",
                              json_boolean(locale_lookup(event->locale, spanish) == 0));
    for (size_t i = 0; event->status != NULL && i < 2; i++) {
        static const char *const told[] = {"cancelled", "postponed"};
        (void)json_object_set_new(values, told[i],
                                  json_boolean(strcmp(event->status, told[i]) == 0));
    }
}

/* Fits PICTURE_WIDTH x PICTURE_HEIGHT pixels of a page, of which screens may have twice as many. */
static void set_picture(json_t *values, const struct delivery_event *event,
                        const struct mail_page_pictures *pictures)
{
    const struct picture *picture = pictures->picture;
    if (pictures->event == NULL || event == NULL)
        return;
    double scale = 1;
    if (picture->width > PICTURE_WIDTH)
        scale = (double)PICTURE_WIDTH / picture->width;
    if (picture->height * scale > PICTURE_HEIGHT)
        scale = (double)PICTURE_HEIGHT / picture->height;
    int width = (int)(picture->width * scale), height = (int)(picture->height * scale);
    const char *alt = event->picture != NULL ? event->picture->alt : NULL;
    set(values, "event_picture", pictures->event);
    set(values, "event_picture_alt", alt != NULL ? alt : event->name);
    set_number(values, "event_picture_width", width > 0 ? width : 1);
    set_number(values, "event_picture_height", height > 0 ? height : 1);
    (void)json_object_set_new(values, "event_picture_narrow", json_boolean(width < PICTURE_WIDTH));
}

static json_t *ticket_of(const struct delivery_ticket *ticket, const char *picture)
{
    json_t *json = json_object();
    set(json, "picture", picture);
    set(json, "type", ticket->type);
    set(json, "holder", ticket->holder);
    set(json, "code", ticket->code);
    return json;
}

static json_t *values_of(const void *arena, const struct delivery_payload *order,
                         const struct mail_page_pictures *pictures)
{
    json_t *values = json_object(), *tickets = json_array();
    const char **said = mem_array(arena, const char *, 2 * pictures->n_tickets + 1);
    for (size_t i = 0; i < pictures->n_tickets; i++) {
        said[2 * i] = order->tickets.at[i].code;
        said[2 * i + 1] = ticket_line(arena, &order->tickets.at[i]);
        (void)json_array_append_new(tickets,
                                    ticket_of(&order->tickets.at[i], pictures->tickets[i]));
    }
    (void)json_object_set_new(values, "tickets", tickets);
    set(values, "subject", order->subject);
    set_event(values, order->event);
    set_picture(values, order->event, pictures);
    set(values, "message", html_body(arena, order->message, said));
    return values;
}

char *mail_page(const void *arena, const struct html_template *template,
                const struct delivery_payload *order, const struct mail_page_pictures *pictures)
{
    json_t *values = values_of(arena, order, pictures);
    size_t left = order->tickets.n - pictures->n_tickets;
    if (left > 0)
        set(values, "left", mem_printf(arena, "%zu", left));
    char *page = mail_lines(arena, html_template_render(arena, template, values));
    json_decref(values);
    return page;
}
