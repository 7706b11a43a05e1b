#include "notify-svc/message_preview.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/message_texts.h"
#include "libshared/picture/qr.h"
#include "libshared/record/tolerant.h"
#include "libshared/service/event_pictures.h"
#include "libshared/service/service.h"
#include "notify-svc/email.h"
#include "notify-svc/jobs.h"
#include "notify-svc/mail_page.h"

/* A mail has its pictures beside its page, under such names; a browser takes them in the page. */
#define EVENT "event@preview"
#define TICKET "ticket@preview"

/* A call that waits for its event's picture. */
struct waiting {
    struct facade_call *call;
    struct message_preview_text preview;
};

static const char *data_url(const void *arena, const char *type, const void *bytes, size_t size)
{
    size_t length = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = mem_zeroed(arena, length);
    (void)sodium_bin2base64(text, length, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    return mem_printf(arena, "data:%s;base64,%s", type, text);
}

static char *put_in(const void *arena, const char *page, const char *reference, const char *url)
{
    char *whole = mem_strdup(arena, "");
    for (const char *at; (at = strstr(page, reference)) != NULL; page = at + strlen(reference))
        whole = talloc_asprintf_append_buffer(whole, "%.*s%s", (int)(at - page), page, url);
    return talloc_strdup_append_buffer(whole, page);
}

static const char *with_pictures(const void *arena, const char *page, const struct picture *event)
{
    const struct qr_picture qr = qr_png(arena, "example");
    page = put_in(arena, page, "cid:" TICKET, data_url(arena, "image/png", qr.bytes, qr.size));
    return event == NULL ? page
                         : put_in(arena, page, "cid:" EVENT,
                                  data_url(arena, PICTURE_MEDIA_TYPE, event->bytes, event->size));
}

/* `picture`: the event's; NULL: none. */
static const char *page_of(const void *arena, const struct html_template *template,
                           const struct message_preview_text *preview,
                           const struct picture *picture)
{
    static const char *const tickets[] = {TICKET, TICKET, TICKET, TICKET, TICKET,
                                          TICKET, TICKET, TICKET, TICKET, TICKET};
    _Static_assert(sizeof tickets / sizeof *tickets == MAIL_PAGE_PICTURES_MAX, "one a card");
    struct delivery_payload order = {
        .subject = preview->subject, .message = preview->message, .event = preview->event};
    order.tickets.at = preview->tickets.at;
    order.tickets.n = preview->tickets.n;
    size_t n = order.tickets.n < MAIL_PAGE_PICTURES_MAX ? order.tickets.n : MAIL_PAGE_PICTURES_MAX;
    const struct mail_page_pictures pictures = {.event = picture != NULL ? EVENT : NULL,
                                                .picture = picture,
                                                .tickets = tickets,
                                                .n_tickets = n};
    return with_pictures(arena, mail_page(arena, template, &order, &pictures), picture);
}

static struct deliver *deliver_of(const struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    return context->own;
}

/* As a mail that goes out without a picture that cannot be had. */
static void respond(void *context, enum event_picture_outcome outcome,
                    struct shown_picture *picture)
{
    const struct waiting *waiting = context;
    struct facade_call *call = waiting->call;
    void *arena = facade_request(call)->arena;
    const struct email_config *config = deliver_of(call)->channels.configs[CHANNEL_EMAIL];
    struct message_preview_text shown = waiting->preview;
    shown.html = page_of(arena, config->page, &waiting->preview,
                         outcome == EVENT_PICTURE_SHOWN ? &picture->file.picture : NULL);
    shown.event = NULL;
    shown.tickets.at = NULL;
    shown.tickets.n = 0;
    const char *text = record_text(arena, &message_preview_text_record, &shown);
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "application/json",
                                                 .body = text,
                                                 .body_size = strlen(text)});
}

void message_preview_show(struct facade_call *call, const void *body, size_t size)
{
    void *arena = facade_request(call)->arena;
    struct waiting *waiting = mem_new(arena, struct waiting);
    waiting->call = call;
    json_t *json = json_loadb(body, size, 0, NULL);
    bool right = json != NULL && record_decode_tolerant(arena, &message_preview_text_record, json,
                                                        &waiting->preview) == 0;
    json_decref(json);
    const struct delivery_event *event = waiting->preview.event;
    if (!right)
        facade_refuse(call, PROBLEM_internal_error);
    else if (event == NULL || event->picture == NULL)
        respond(waiting, EVENT_PICTURE_NONE, NULL);
    else
        event_pictures_want(
            deliver_of(call)->pictures,
            &(struct event_pictures_wanted){.event_id = facade_parameter(call, "event_id"),
                                            .sha256 = event->picture->sha256,
                                            .done = respond,
                                            .context = waiting},
            clock_read().monotonic_ms);
}
