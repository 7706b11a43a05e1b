#include "libshared/service/html_page.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/html/html_template.h"

HTML_PAGE_FILE(html_page_style, "libshared/html/page.css");

struct html_page {
    const char *html, *policy;
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

static const char *policy_of(const void *arena, const char *script,
                             enum html_page_pictures pictures)
{
    return mem_printf(arena,
                      "default-src 'none'; script-src %s; style-src %s; img-src %sdata:; "
                      "connect-src 'self'; form-action 'none'; base-uri 'none'; "
                      "frame-ancestors 'none'",
                      hash_of(arena, script), hash_of(arena, html_page_style),
                      pictures == PICTURES_OF_SERVICE ? "'self' " : "");
}

static const char *html_of(const void *arena, const char *html, const char *script)
{
    static const struct html_member members[] = {
        {.name = "style", .is_html = true}, {.name = "script", .is_html = true}, {0}};
    struct html_fault fault;
    const struct html_template *template = html_template_read(arena, html, members, &fault);
    if (template == NULL) {
        log_error("template.invalid", LOG_STR("what", fault.what),
                  LOG_INT("line", (int64_t)fault.line));
        return NULL;
    }
    json_t *values = json_pack("{ssss}", "style", html_page_style, "script", script);
    const char *rendered = html_template_render(arena, template, values);
    json_decref(values);
    return rendered;
}

struct html_page *html_page_new(const void *arena, const char *html, const char *script,
                                enum html_page_pictures pictures)
{
    struct html_page *page = mem_new(arena, struct html_page);
    page->html = html_of(page, html, script);
    page->policy = policy_of(page, script, pictures);
    return page->html != NULL ? page : NULL;
}

void html_page_serve(struct facade_call *call, const struct html_page *page)
{
    facade_header(call, "Content-Security-Policy", page->policy);
    facade_header(call, "Referrer-Policy", "no-referrer");
    facade_header(call, "X-Content-Type-Options", "nosniff");
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/html; charset=utf-8",
                                                 .body = page->html,
                                                 .body_size = strlen(page->html)});
}
