#include "attendees-svc/page.h"

#include <errno.h>

#include "libshared/service/html_page.h"

HTML_PAGE_FILE(page_html, "attendees-svc/page/self_service.html");
HTML_PAGE_FILE(page_script, "attendees-svc/page/self_service.js");

int page_start(struct service_context *context)
{
    struct html_page *page =
        html_page_new(context->arena, page_html, page_script, PICTURES_IN_PAGE);
    context->own = page;
    return page != NULL ? 0 : -EINVAL;
}

void page_show(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    html_page_serve(call, context->own);
}
