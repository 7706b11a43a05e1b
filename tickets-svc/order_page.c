#include "tickets-svc/order_page.h"

#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/own_order.h"
#include "libshared/service/html_page.h"
#include "tickets-svc/serve.h"
#include "tickets-svc/try_limit.h"

HTML_PAGE_FILE(order_page_html, "tickets-svc/page/order.html");
HTML_PAGE_FILE(order_page_script, "tickets-svc/page/order.js");

struct order_page {
    const struct html_page *page;
    struct try_limit *tries;
};

struct order_page *order_page_new(const void *arena)
{
    struct order_page *page = mem_new(arena, struct order_page);
    page->page = html_page_new(page, order_page_html, order_page_script, PICTURES_OF_SERVICE);
    page->tries = try_limit_new(page);
    return page->page != NULL ? page : NULL;
}

void order_page_serve(struct facade_call *call)
{
    html_page_serve(call, serve_order_page(facade_user(call))->page);
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
