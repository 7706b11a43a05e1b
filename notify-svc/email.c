#include "notify-svc/email.h"

#include <ctype.h>
#include <errno.h>
#include <idn2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order_tickets.h"
#include "notify-svc/mail_lines.h"
#include "notify-svc/mail_page.h"
#include "notify-svc/mime.h"
#include "notify-svc/ticket_line.h"
#include "notify-svc/transfer.h"

/* A line with an encoded word has at most 76 characters, of which the longest header name and the
 * word's frame take 21: 52 of base64 are left, 39 bytes. */
#define WORD_BYTES 39
#define WORD_BASE64 53

/* RFC 5322's atext and the space: what needs no quoting in a phrase. */
static bool is_plain(enum email_text kind, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c < 0x20 || *c == 0x7f ||
            (kind == EMAIL_PHRASE && !isalnum((unsigned char)*c) &&
             strchr(" !#$%&'*+-/=?^_`{|}~", *c) == NULL))
            return false;
    return strstr(text, "=?") == NULL;
}

/* How much of `text` goes into one encoded word: whole characters. */
static size_t word_length(const char *text)
{
    size_t length = strnlen(text, WORD_BYTES + 1);
    if (length <= WORD_BYTES)
        return length;
    length = WORD_BYTES;
    while (length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static char *encoded_words(const void *arena, const char *text)
{
    char *words = mem_strdup(arena, "");
    for (size_t length; *text != '\0'; text += length) {
        char base64[WORD_BASE64];
        length = word_length(text);
        sodium_bin2base64(base64, sizeof base64, (const unsigned char *)text, length,
                          sodium_base64_VARIANT_ORIGINAL);
        words =
            mem_printf(arena, "%s%s=?UTF-8?B?%s?=", words, *words == '\0' ? "" : "\r\n ", base64);
    }
    return words;
}

/* In a header's text a line's end would begin another header. */
static char *without_controls(const void *arena, const char *text)
{
    char *clean = mem_strdup(arena, text);
    for (char *c = clean; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c))
            *c = ' ';
    return clean;
}

char *email_encode(const void *arena, enum email_text kind, const char *text)
{
    char *clean = without_controls(arena, text);
    return is_plain(kind, clean) ? clean : encoded_words(arena, clean);
}

/* The address with its domain in ASCII (RFC 5890), NULL if it is none. The part before the @ is the
 * receiving server's business, as long as it stays in its place. */
static char *address_ascii(const void *arena, const char *address)
{
    const char *at = strrchr(address, '@');
    if (at == NULL || at == address || at[1] == '\0')
        return NULL;
    for (const char *c = address; *c != '\0'; c++)
        if ((unsigned char)*c <= 0x20 || *c == 0x7f || strchr("<>()[]\\,;:\"", *c) != NULL)
            return NULL;
    char *domain = NULL;
    if (idn2_to_ascii_8z(at + 1, &domain, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    char *ascii = mem_printf(arena, "%.*s@%s", (int)(at - address), address, domain);
    idn2_free(domain);
    return ascii;
}

/* <address>, after the name if there is one. */
static char *mailbox(const void *arena, const char *name, const char *address)
{
    if (name == NULL || *name == '\0')
        return mem_printf(arena, "<%s>", address);
    return mem_printf(arena, "%s <%s>", email_encode(arena, EMAIL_PHRASE, name), address);
}

/* "Name <address>" or "address". */
static bool configure_sender(const void *arena, const char *from, struct email_config *config)
{
    const char *name = NULL, *address = from, *open = strchr(from, '<');
    if (open != NULL) {
        size_t name_length = (size_t)(open - from), length = strcspn(open, ">");
        if (strcmp(open + length, ">") != 0)
            return false;
        while (name_length > 0 && from[name_length - 1] == ' ')
            name_length--;
        name = mem_strndup(arena, from, name_length);
        address = mem_strndup(arena, open + 1, length - 1);
    }
    config->sender = address_ascii(arena, address);
    if (config->sender == NULL)
        return false;
    config->domain = strrchr(config->sender, '@') + 1;
    config->from = mailbox(arena, name, config->sender);
    return true;
}

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

static bool configure_server(const char *server, struct email_config *config)
{
    _cleanup_(transfer_url_free) CURLU *url = curl_url();
    _cleanup_(transfer_text_free) char *scheme = NULL, *host = NULL, *password = NULL;
    if (curl_url_set(url, CURLUPART_URL, server, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return false;
    bool tls = strcmp(scheme, "smtps") == 0;
    if (!tls && strcmp(scheme, "smtp") != 0)
        return false;
    bool secret = curl_url_get(url, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK;
    config->strict_tls = tls || (secret && !is_this_machine(host));
    config->url = server;
    return true;
}

static bool configure_page(const void *arena, const struct settings *settings,
                           struct email_config *config)
{
    struct html_fault fault;
    config->pdf = ticket_pdf_open(arena);
    config->page = mail_page_template(arena, settings->mail_template, &fault);
    if (config->page == NULL)
        log_error("template.invalid", LOG_INT("line", (int64_t)fault.line),
                  LOG_STR("what", fault.what), LOG_STR("name", fault.name));
    return config->page != NULL;
}

int email_configure(const void *arena, const struct settings *settings,
                    struct email_config *ret_config, const char **ret_setting)
{
    struct email_config config = {0};
    if (!configure_page(arena, settings, &config)) {
        *ret_setting = "MAIL_TEMPLATE";
        return -EINVAL;
    }
    bool server = configure_server(settings->smtp_url, &config);
    config.ca_file = settings->smtp_ca_file;
    config.strict_tls = config.strict_tls || config.ca_file != NULL;
    if (server && configure_sender(arena, settings->smtp_from, &config)) {
        *ret_config = config;
        return 0;
    }
    *ret_setting = server ? "SMTP_FROM" : "SMTP_URL";
    return -EINVAL;
}

/* RFC 5322 section 3.3, in UTC. */
static char *date(const void *arena, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    char text[64];
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
    return mem_strdup(arena, text);
}

/* The same for every attempt; another for what was asked for again, which would pass for a copy. */
static char *message_id_of(const void *arena, const struct email_config *config,
                           const struct delivery_payload *order)
{
    if (order->resends == 0)
        return mem_printf(arena, "%s@%s", order->id, config->domain);
    return mem_printf(arena, "%s.%lld@%s", order->id, (long long)order->resends, config->domain);
}

#define HEADERS 10 /* with the NULL behind them */

static const char **headers_of(const void *arena, const struct email_config *config,
                               const struct delivery_payload *order, const struct email *email,
                               int64_t wall_ms)
{
    const char **headers = mem_array(arena, const char *, HEADERS);
    size_t n = 0;
    headers[n++] = mem_printf(arena, "From: %s", config->from);
    headers[n++] = mem_printf(arena, "To: %s", mailbox(arena, order->name, email->recipient));
    if (order->subject != NULL)
        headers[n++] = mem_printf(arena, "Subject: %s",
                                  email_encode(arena, EMAIL_UNSTRUCTURED, order->subject));
    headers[n++] = mem_printf(arena, "Date: %s", date(arena, wall_ms));
    headers[n++] = mem_printf(arena, "Message-ID: <%s>", email->message_id);
    if (order->reply_to != NULL && address_ascii(arena, order->reply_to) != NULL)
        headers[n++] = mem_printf(arena, "Reply-To: %s", address_ascii(arena, order->reply_to));
    if (order->automatic.value)
        headers[n++] = "Auto-Submitted: auto-generated";
    if (order->unsubscribe != NULL) {
        headers[n++] = mem_printf(arena, "List-Unsubscribe: <%s>",
                                  without_controls(arena, order->unsubscribe));
        headers[n++] = "List-Unsubscribe-Post: List-Unsubscribe=One-Click";
    }
    return headers;
}

/* A gate reads the code with its signature. */
static void draw_page(const void *arena, const struct email_config *config,
                      const struct delivery_payload *order, struct email *email)
{
    size_t n =
        order->tickets.n < MAIL_PAGE_PICTURES_MAX ? order->tickets.n : MAIL_PAGE_PICTURES_MAX;
    struct email_picture *pictures = mem_array(arena, struct email_picture, n + 1);
    const char **ids = mem_array(arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct delivery_ticket *ticket = &order->tickets.at[i];
        ids[i] = pictures[i].id = mem_printf(arena, "%zu.%s@%s", i + 1, order->id, config->domain);
        pictures[i].png =
            qr_png(arena, mem_printf(arena, "%s.%s", ticket->code, ticket->signature));
    }
    email->pictures = pictures;
    email->n_pictures = n;
    email->html = mail_page(
        arena, config->page, order,
        &(struct mail_page_pictures){
            .event = email->picture_id, .picture = email->picture, .tickets = ids, .n_tickets = n});
}

static struct ticket_pdf_file print_tickets(const void *arena, const struct email_config *config,
                                            const struct delivery_payload *order,
                                            const struct picture *picture, int64_t wall_ms)
{
    size_t n = order->tickets.n;
    if (n == 0)
        return (struct ticket_pdf_file){.size = 0};
    struct ticket_pdf_page *pages = mem_array(arena, struct ticket_pdf_page, n);
    for (size_t i = 0; i < n; i++) {
        pages[i] = order_tickets_page(arena, order->event, &order->tickets.at[i]);
        pages[i].picture = picture;
    }
    return ticket_pdf_draw(config->pdf, arena, pages, n, wall_ms);
}

/* Those who read no HTML need the codes that the text does not tell. */
static char *text_of(const void *arena, const struct delivery_payload *order)
{
    char *text = mem_strdup(arena, order->message);
    for (size_t i = 0; i < order->tickets.n; i++)
        if (strstr(order->message, order->tickets.at[i].code) == NULL)
            text = talloc_asprintf_append_buffer(text, "\n%s",
                                                 ticket_line(arena, &order->tickets.at[i]));
    return mail_lines(arena, text);
}

bool email_compose(const void *arena, const struct email_config *config,
                   const struct delivery_payload *order, const struct picture *picture,
                   int64_t wall_ms, struct email *ret_email)
{
    const char *recipient = address_ascii(arena, order->address);
    if (recipient == NULL)
        return false;
    struct email email = {.recipient = recipient,
                          .message_id = message_id_of(arena, config, order),
                          .text = text_of(arena, order),
                          .calendar = order->calendar};
    email.headers = headers_of(arena, config, order, &email, wall_ms);
    if (order->event != NULL && picture != NULL) {
        email.picture = picture;
        email.picture_id = mem_printf(arena, "event.%s@%s", order->id, config->domain);
    }
    draw_page(arena, config, order, &email);
    email.pdf = print_tickets(arena, config, order, email.picture, wall_ms);
    *ret_email = email;
    return true;
}

/* 530, 534, 535 and 538 (RFC 4954) refuse us, not the message. */
static bool refuses_us(CURLcode result, long reply)
{
    return result == CURLE_LOGIN_DENIED || reply == 530 || reply == 534 || reply == 535 ||
           reply == 538;
}

/* Whether it was by its reply that the server ended it. */
static bool is_refusal(CURLcode result, long reply)
{
    return reply >= 400 && (result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY ||
                            result == CURLE_REMOTE_ACCESS_DENIED || result == CURLE_LOGIN_DENIED);
}

struct outcome email_outcome(const void *arena, CURLcode result, long reply)
{
    if (result == CURLE_OK)
        return (struct outcome){.status = DELIVERY_SENT};
    if (!is_refusal(result, reply))
        return (struct outcome){.status = DELIVERY_QUEUED, .error = transfer_error(result)};
    bool permanent = reply >= 500 && !refuses_us(result, reply);
    return (struct outcome){.status = permanent ? DELIVERY_FAILED : DELIVERY_QUEUED,
                            .error = mem_printf(arena, "smtp_%ld", reply)};
}

static struct curl_slist *list_of(const char *const *texts)
{
    struct curl_slist *list = NULL;
    for (; *texts != NULL; texts++)
        list = curl_slist_append(list, *texts);
    return list;
}

static void body_free(curl_mime **body)
{
    curl_mime_free(*body);
}

static void set_server(CURL *curl, const struct email_config *config)
{
    (void)curl_easy_setopt(curl, CURLOPT_URL, config->url);
    (void)curl_easy_setopt(curl, CURLOPT_USE_SSL,
                           (long)(config->strict_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, config->strict_tls ? 1L : 0L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, config->strict_tls ? 2L : 0L);
    if (config->ca_file != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca_file);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, config->sender);
}

static struct outcome perform(const void *arena, CURL *curl, const struct email *email)
{
    _cleanup_(body_free) curl_mime *body = mime_body(curl, email);
    _cleanup_(transfer_list_free) struct curl_slist *headers = list_of(email->headers);
    _cleanup_(transfer_list_free) struct curl_slist *recipients =
        list_of((const char *const[]){email->recipient, NULL});
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    (void)curl_easy_setopt(curl, CURLOPT_MIMEPOST, body);
    CURLcode result = curl_easy_perform(curl);
    long reply = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    struct outcome outcome = email_outcome(arena, result, reply);
    if (outcome.status == DELIVERY_SENT)
        outcome.provider_id = email->message_id;
    return outcome;
}

struct outcome email_send(const void *arena, const struct email_config *config, CURL *curl,
                          const struct delivery_payload *order, const struct picture *picture,
                          int64_t wall_ms)
{
    struct email email;
    if (!email_compose(arena, config, order, picture, wall_ms, &email))
        return (struct outcome){.status = DELIVERY_FAILED, .error = "invalid_address"};
    set_server(curl, config);
    return perform(arena, curl, &email);
}
