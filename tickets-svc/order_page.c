#include "tickets-svc/order_page.h"

#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/own_order.h"
#include "libshared/http/client_address.h"
#include "libshared/service/html_page.h"
#include "tickets-svc/serve_state.h"
#include "tickets-svc/try_limit.h"

HTML_PAGE_FILE(order_page_html, "tickets-svc/page/order.html");
HTML_PAGE_FILE(order_page_script, "tickets-svc/page/order.js");

#define TRIES_A_MINUTE 30   /* with wrong tokens */
#define OPENED_A_MINUTE 120 /* each draws a code for every ticket */

struct order_page {
    const struct html_page *page;
    struct try_limit *tries;
    struct try_limit *opened; /* by one link */
    struct networks *proxies;
};

struct order_page *order_page_new(const void *arena, const struct settings *settings)
{
    struct order_page *page = mem_new(arena, struct order_page);
    page->page = html_page_new(page, order_page_html, order_page_script, PICTURES_OF_SERVICE);
    page->tries = try_limit_new(page, TRIES_A_MINUTE);
    page->opened = try_limit_new(page, OPENED_A_MINUTE);
    bool right = networks_parse(page, settings->trusted_proxies, &page->proxies) == 0;
    return page->page != NULL && right ? page : NULL;
}

static const struct order_page *page_of(struct facade_call *call)
{
    return serve_state_of(facade_user(call))->order_page;
}

void order_page_serve(struct facade_call *call)
{
    html_page_serve(call, page_of(call)->page);
}

static int64_t now_of(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    return loop_now(context->loop)->monotonic_ms;
}

/* Failures count for the client and the order. */
static const struct try_limit_try *try_of(struct facade_call *call, const char *token,
                                          const char *order_id)
{
    const struct http_request *request = facade_request(call);
    void *arena = facade_request(call)->arena;
    struct network_address client = {{0}};
    char address[2 * sizeof client.bytes + 1];
    (void)client_address(request->peer, http_header(request, "X-Forwarded-For"),
                         page_of(call)->proxies, &client);
    text_hex(address, client.bytes, sizeof client.bytes);
    struct try_limit_try *one = mem_new(arena, struct try_limit_try);
    *one = (struct try_limit_try){.who = mem_printf(arena, "%s/%s", address, order_id),
                                  .what = mem_strdup(arena, token)};
    return one;
}

enum problem_code order_page_check(struct facade_call *call, const struct command_body *body)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct self_service_token read;
    const char *token = *(const char *const *)body->request;
    if (body->ids[ID_EVENT] == NULL || !self_service_read(scratch, token, &read))
        return PROBLEM_invalid_token;
    const struct try_limit_try *one = try_of(call, token, read.subject_id);
    facade_mark(call, one);
    return try_limit_allows(page_of(call)->tries, one, now_of(call)) ? PROBLEM_NONE
                                                                     : PROBLEM_too_many_tries;
}

enum problem_code order_page_check_open(struct facade_call *call, const struct command_body *body)
{
    enum problem_code code = order_page_check(call, body);
    const char *token = *(const char *const *)body->request;
    if (code != PROBLEM_NONE || try_limit_take(page_of(call)->opened, token, now_of(call)))
        return code;
    return PROBLEM_too_many_tries;
}

static bool says_wrong(const struct reply *reply)
{
    json_t *problem = json_loadb(reply->body, reply->body_size, 0, NULL);
    const char *code = json_string_value(json_object_get(problem, "code"));
    bool wrong = code != NULL && strcmp(code, "invalid_token") == 0;
    json_decref(problem);
    return wrong;
}

void order_page_told(struct facade_call *call, const struct reply *reply)
{
    const struct try_limit_try *one = facade_marked(call);
    bool wrong = reply->status == 422 && says_wrong(reply);
    if (wrong)
        try_limit_failed(page_of(call)->tries, one, now_of(call));
    else if (reply->status < 300)
        try_limit_passed(page_of(call)->tries, one);
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
