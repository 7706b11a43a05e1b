#include "tickets-svc/ticket_qr.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/http/conditional.h"
#include "libshared/picture/qr.h"

static const char *member(const json_t *ticket, const char *name)
{
    const char *text = json_string_value(json_object_get(ticket, name));
    return text != NULL ? text : "";
}

/* The text that a gate reads; NULL: there is nothing to show of a ticket that admits nobody. */
static const char *text_of(const void *arena, const void *body, size_t size)
{
    json_t *ticket = json_loadb(body, size, 0, NULL);
    const char *text = NULL;
    if (*member(ticket, "code") != '\0' && strcmp(member(ticket, "status"), "void") != 0)
        text = mem_printf(arena, "%s.%s", member(ticket, "code"), member(ticket, "signature"));
    json_decref(ticket);
    return text;
}

/* Changes with the code and does not tell it. */
static const char *etag_of(const void *arena, const char *text)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * 16 + 1];
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    text_hex(hex, hash, 16);
    return mem_printf(arena, "\"%s\"", hex);
}

static void show(struct facade_call *call, const void *body, size_t size, const char *content_type,
                 struct qr_picture (*draw)(const void *arena, const char *text))
{
    const struct http_request *request = facade_request(call);
    const char *text = text_of(request->arena, body, size);
    if (text == NULL) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    const char *etag = etag_of(request->arena, text);
    facade_header(call, "ETag", etag);
    facade_header(call, "Cache-Control", "private, no-cache");
    if (!conditional_if_none_match(http_header(request, "If-None-Match"), etag)) {
        facade_respond(call, &(struct http_response){.status = 304});
        return;
    }
    const struct qr_picture picture = draw(request->arena, text);
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = content_type,
                                                 .body = picture.bytes,
                                                 .body_size = picture.size});
}

void ticket_qr_svg(struct facade_call *call, const void *body, size_t size)
{
    show(call, body, size, "image/svg+xml", qr_svg);
}

void ticket_qr_png(struct facade_call *call, const void *body, size_t size)
{
    show(call, body, size, "image/png", qr_png);
}
