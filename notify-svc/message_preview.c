#include "notify-svc/message_preview.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/picture/qr.h"
#include "libshared/record/tolerant.h"
#include "libshared/service/service.h"
#include "notify-svc/email.h"
#include "notify-svc/jobs.h"
#include "notify-svc/mail_page.h"

/* A mail has its pictures beside its page, under this name; a browser takes them in the page. */
#define PICTURE "example@preview"
#define REFERENCE "cid:" PICTURE

static char *picture(const void *arena)
{
    static const char prefix[] = "data:image/png;base64,";
    const struct qr_picture qr = qr_png(arena, "example");
    size_t size = sodium_base64_encoded_len(qr.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = mem_zeroed(arena, sizeof prefix + size);
    char *end = stpcpy(text, prefix);
    (void)sodium_bin2base64(end, size, (const uint8_t *)qr.bytes, qr.size,
                            sodium_base64_VARIANT_ORIGINAL);
    return text;
}

static char *with_pictures(const void *arena, const char *page)
{
    const char *shown = picture(arena);
    char *whole = mem_strdup(arena, "");
    for (const char *at; (at = strstr(page, REFERENCE)) != NULL; page = at + strlen(REFERENCE))
        whole = talloc_asprintf_append_buffer(whole, "%.*s%s", (int)(at - page), page, shown);
    return talloc_strdup_append_buffer(whole, page);
}

char *message_preview_page(const void *arena, const struct html_template *template,
                           const struct message_preview_text *preview)
{
    static const char *const pictures[] = {PICTURE, PICTURE, PICTURE, PICTURE, PICTURE,
                                           PICTURE, PICTURE, PICTURE, PICTURE, PICTURE};
    _Static_assert(sizeof pictures / sizeof *pictures == MAIL_PAGE_PICTURES_MAX, "one a card");
    struct delivery_payload order = {
        .subject = preview->subject, .message = preview->message, .event = preview->event};
    order.tickets.at = preview->tickets.at;
    order.tickets.n = preview->tickets.n;
    size_t n = order.tickets.n < MAIL_PAGE_PICTURES_MAX ? order.tickets.n : MAIL_PAGE_PICTURES_MAX;
    return with_pictures(
        arena, mail_page(arena, template, &order,
                         &(struct mail_page_pictures){.tickets = pictures, .n_tickets = n}));
}

static const struct html_template *template_of(const struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    const struct deliver *deliver = context->own;
    const struct email_config *config = deliver->channels.configs[CHANNEL_EMAIL];
    return config->page;
}

void message_preview_show(struct facade_call *call, const void *body, size_t size)
{
    void *arena = facade_request(call)->arena;
    struct message_preview_text preview;
    json_t *json = json_loadb(body, size, 0, NULL);
    bool right = json != NULL &&
                 record_decode_tolerant(arena, &message_preview_text_record, json, &preview) == 0;
    json_decref(json);
    if (!right) {
        facade_refuse(call, PROBLEM_internal_error);
        return;
    }
    preview.html = message_preview_page(arena, template_of(call), &preview);
    preview.event = NULL;
    preview.tickets.at = NULL;
    preview.tickets.n = 0;
    const char *text = record_text(arena, &message_preview_text_record, &preview);
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "application/json",
                                                 .body = text,
                                                 .body_size = strlen(text)});
}
