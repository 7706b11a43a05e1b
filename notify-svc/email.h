/* email: a delivery as an e-mail, handed to one mail server by SMTP (RFC 5321, 5322, 2045, 2047).
 *
 * TLS is required and the server's certificate checked with smtps:// and whenever a password is
 * sent to another machine; else STARTTLS is used where offered, unchecked, as mail servers do among
 * each other. The Message-ID follows from the delivery, so a repeat carries the same. A subject or
 * a name stays within its header, whatever it holds. Any thread; a configuration is constant once
 * made. Results live in the arena given. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "libshared/base/settings.h"
#include "libshared/html/html_template.h"
#include "libshared/picture/picture.h"
#include "libshared/picture/qr.h"
#include "libshared/picture/ticket_pdf.h"
#include "notify-svc/outcome.h"

struct email_config {
    const char *url;
    const char *from;   /* the header's value */
    const char *sender; /* the address alone */
    const char *domain; /* of the sender */
    bool strict_tls;
    const char *ca_file; /* NULL: the system's */
    const struct html_template *page;
    struct ticket_pdf *pdf; /* draws tickets to print */
};

/* -EINVAL: SMTP_URL, SMTP_FROM or MAIL_TEMPLATE makes no sense, and *ret_setting says which. What
 * is wrong with a template is logged. */
int email_configure(const void *arena, const struct settings *settings,
                    struct email_config *ret_config, const char **ret_setting)
    __attribute__((warn_unused_result));

struct email_picture {
    const char *id; /* without the angle brackets; the HTML shows it by that */
    struct qr_picture png;
};
struct email {
    const char *recipient;  /* its domain in ASCII */
    const char *message_id; /* without the angle brackets */
    const char **headers;   /* ends with NULL */
    const char *text;       /* lines end with CRLF */
    const char *html;       /* the same for those who show HTML, with the pictures */
    const struct email_picture *pictures;
    size_t n_pictures;
    const struct picture *picture; /* of the event, shown likewise; NULL: none */
    const char *picture_id;
    struct ticket_pdf_file pdf; /* size 0: none */
    const char *calendar;       /* NULL: none */
};

/* False: the order's address is none. `picture` is the event's, NULL: none; borrowed. */
bool email_compose(const void *arena, const struct email_config *config,
                   const struct delivery_payload *order, const struct picture *picture,
                   int64_t wall_ms, struct email *ret_email);

/* A header's text: as it is if that is plain ASCII, else as encoded words of RFC 2047. A phrase is
 * what may stand before an address. */
enum email_text { EMAIL_UNSTRUCTURED, EMAIL_PHRASE };
char *email_encode(const void *arena, enum email_text kind, const char *text);

/* `reply` is the server's last reply code, 0: none. */
struct outcome email_outcome(const void *arena, CURLcode result, long reply);

/* Blocks until it is over. `curl` has its limits set; its connection is used again. */
struct outcome email_send(const void *arena, const struct email_config *config, CURL *curl,
                          const struct delivery_payload *order, const struct picture *picture,
                          int64_t wall_ms);
