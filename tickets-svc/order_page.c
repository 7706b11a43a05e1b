#include "tickets-svc/order_page.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/own_order.h"
#include "libshared/html/html_template.h"
#include "tickets-svc/serve.h"
#include "tickets-svc/try_limit.h"

/* The files as they stand in page/, each ended by a 0. */
#define BUILT_IN(name, file)                                                                       \
    __asm__(".section .rodata\n" #name ":\n.incbin \"tickets-svc/page/" file "\"\n.byte 0\n"       \
            ".previous\n");                                                                        \
    extern const char name[] __attribute__((visibility("hidden")))
BUILT_IN(order_page_html, "order.html");
BUILT_IN(order_page_style, "order.css");
BUILT_IN(order_page_script, "order.js");

struct order_page {
    const char *html, *policy;
    struct try_limit *tries;
};

static const char *hash_of(const void *arena, const char *text)
{
    const int variant = sodium_base64_VARIANT_ORIGINAL;
    uint8_t hash[crypto_hash_sha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    return mem_printf(arena, "'sha256-%s'",
                      sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, variant));
}

static const char *policy_of(const void *arena)
{
    return mem_printf(arena,
                      "default-src 'none'; script-src %s; style-src %s; img-src data:; "
                      "connect-src 'self'; form-action 'none'; base-uri 'none'; "
                      "frame-ancestors 'none'",
                      hash_of(arena, order_page_script), hash_of(arena, order_page_style));
}

static const char *html_of(const void *arena)
{
    static const struct html_member members[] = {
        {.name = "style", .is_html = true}, {.name = "script", .is_html = true}, {0}};
    struct html_fault fault;
    const struct html_template *template =
        html_template_read(arena, order_page_html, members, &fault);
    if (template == NULL) {
        log_error("template.invalid", LOG_STR("what", fault.what),
                  LOG_INT("line", (int64_t)fault.line));
        return NULL;
    }
    json_t *values = json_pack("{ssss}", "style", order_page_style, "script", order_page_script);
    const char *html = html_template_render(arena, template, values);
    json_decref(values);
    return html;
}

struct order_page *order_page_new(const void *arena)
{
    struct order_page *page = mem_new(arena, struct order_page);
    page->html = html_of(page);
    page->policy = policy_of(page);
    page->tries = try_limit_new(page);
    return page->html != NULL ? page : NULL;
}

void order_page_serve(struct facade_call *call)
{
    const struct order_page *page = serve_order_page(facade_user(call));
    facade_header(call, "Content-Security-Policy", page->policy);
    facade_header(call, "Referrer-Policy", "no-referrer");
    facade_header(call, "X-Content-Type-Options", "nosniff");
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/html; charset=utf-8",
                                                 .body = page->html,
                                                 .body_size = strlen(page->html)});
}

enum problem_code order_page_check(const void *user, const struct command_body *body)
{
    const struct service_context *context = user;
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct self_service_token token;
    if (body->ids[ID_EVENT] == NULL ||
        !self_service_read(scratch, *(const char *const *)body->request, &token))
        return PROBLEM_invalid_token;
    return try_limit_take(serve_order_page(context)->tries, token.subject_id,
                          loop_now(context->loop)->monotonic_ms)
               ? PROBLEM_NONE
               : PROBLEM_too_many_tries;
}

void order_page_calendar(struct facade_call *call, const void *body, size_t size)
{
    json_t *json = json_loadb(body, size, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "calendar"));
    char *calendar = mem_strdup(facade_request(call)->arena, text);
    json_decref(json);
    if (calendar == NULL) {
        facade_refuse(call, PROBLEM_unavailable);
        return;
    }
    facade_header(call, "Cache-Control", "no-store");
    facade_header(call, "Content-Disposition", "attachment; filename=\"event.ics\"");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/calendar; charset=utf-8",
                                                 .body = calendar,
                                                 .body_size = strlen(calendar)});
}
