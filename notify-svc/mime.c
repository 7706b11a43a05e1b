#include "notify-svc/mime.h"

#include <stdio.h>
#include <string.h>

static void add_text(curl_mime *mime, const char *type, const char *text)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    (void)curl_mime_data(part, text, CURL_ZERO_TERMINATED);
    (void)curl_mime_type(part, type);
    (void)curl_mime_encoder(part, "quoted-printable");
}

static void add_parts(curl_mime *mime, const char *type, curl_mime *parts_take)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    (void)curl_mime_subparts(part, parts_take);
    (void)curl_mime_type(part, type);
}

/* `headers` end with NULL. */
static void add_file(curl_mime *mime, const char *type, const void *bytes, size_t size,
                     const char *const *headers)
{
    struct curl_slist *list = NULL;
    for (; *headers != NULL; headers++)
        list = curl_slist_append(list, *headers);
    curl_mimepart *part = curl_mime_addpart(mime);
    (void)curl_mime_data(part, bytes, size);
    (void)curl_mime_type(part, type);
    (void)curl_mime_encoder(part, "base64");
    (void)curl_mime_headers(part, list, 1);
}

static void add_picture(curl_mime *mime, const struct email_picture *picture, size_t number)
{
    char id[400], disposition[80];
    (void)snprintf(id, sizeof id, "Content-ID: <%s>", picture->id);
    (void)snprintf(disposition, sizeof disposition,
                   "Content-Disposition: inline; filename=\"ticket-%zu.png\"", number);
    add_file(mime, "image/png", picture->png.bytes, picture->png.size,
             (const char *const[]){id, disposition, NULL});
}

static void add_event_picture(curl_mime *mime, const struct email *email)
{
    char id[400];
    (void)snprintf(id, sizeof id, "Content-ID: <%s>", email->picture_id);
    add_file(
        mime, PICTURE_MEDIA_TYPE, email->picture->bytes, email->picture->size,
        (const char *const[]){id, "Content-Disposition: inline; filename=\"picture.jpg\"", NULL});
}

static void add_html(CURL *curl, curl_mime *alternatives, const struct email *email)
{
    static const char type[] = "text/html; charset=UTF-8";
    if (email->n_pictures == 0 && email->picture == NULL) {
        add_text(alternatives, type, email->html);
        return;
    }
    curl_mime *related = curl_mime_init(curl);
    add_text(related, type, email->html);
    if (email->picture != NULL)
        add_event_picture(related, email);
    for (size_t i = 0; i < email->n_pictures; i++)
        add_picture(related, &email->pictures[i], i + 1);
    add_parts(alternatives, "multipart/related; type=\"text/html\"", related);
}

curl_mime *mime_body(CURL *curl, const struct email *email)
{
    curl_mime *mime = curl_mime_init(curl), *alternatives = curl_mime_init(curl);
    add_text(alternatives, "text/plain; charset=UTF-8", email->text);
    add_html(curl, alternatives, email);
    add_parts(mime, "multipart/alternative", alternatives);
    if (email->pdf.size > 0)
        add_file(mime, "application/pdf", email->pdf.bytes, email->pdf.size,
                 (const char *const[]){"Content-Disposition: attachment; filename=\"tickets.pdf\"",
                                       NULL});
    if (email->calendar != NULL)
        add_file(
            mime, "text/calendar; charset=UTF-8; method=PUBLISH", email->calendar,
            strlen(email->calendar),
            (const char *const[]){"Content-Disposition: attachment; filename=\"event.ics\"", NULL});
    return mime;
}
