#include "tickets-svc/tickets_pdf.h"

#include "libshared/base/mem.h"
#include "libshared/contract/order_tickets.h"
#include "libshared/record/tolerant.h"
#include "tickets-svc/serve.h"
#include "tickets-svc/ticket_printer.h"

/* A call that waits for its file. */
struct waiting {
    struct facade_call *call;
    struct ticket_print *print;
};

static void respond(void *context, struct ticket_pdf_file file)
{
    struct waiting *waiting = context;
    struct facade_call *call = waiting->call;
    waiting->print = NULL;
    facade_header(call, "Cache-Control", "private, no-store");
    facade_header(call, "Content-Disposition", "attachment; filename=\"tickets.pdf\"");
    facade_respond(call, &(struct http_response){
                             .status = 200,
                             .content_type = "application/pdf",
                             .body = mem_dup(facade_request(call)->arena, file.bytes, file.size),
                             .body_size = file.size});
}

static void leave(void *own)
{
    struct waiting *waiting = own;
    if (waiting->print != NULL)
        ticket_print_forget(waiting->print);
}

/* NULL: the reply cannot be read. */
static const struct order_tickets *read_tickets(void *arena, const void *body, size_t size)
{
    struct order_tickets *tickets = mem_new(arena, struct order_tickets);
    json_t *json = json_loadb(body, size, 0, NULL);
    int r = record_decode_tolerant(arena, &order_tickets_record, json, tickets);
    json_decref(json);
    return r == 0 ? tickets : NULL;
}

static void print(struct facade_call *call, void *arena_take, const struct order_tickets *tickets)
{
    size_t n = tickets->tickets.n;
    struct ticket_pdf_page *pages = mem_array(arena_take, struct ticket_pdf_page, n);
    for (size_t i = 0; i < n; i++)
        pages[i] = order_tickets_page(arena_take, tickets->event, &tickets->tickets.at[i]);
    struct waiting *waiting = mem_new(facade_request(call)->arena, struct waiting);
    waiting->call = call;
    waiting->print =
        ticket_printer_put(serve_printer(call), arena_take, pages, n, respond, waiting);
    if (waiting->print != NULL) {
        facade_set_context(call, waiting, leave);
        return;
    }
    facade_header(call, "Retry-After", "1");
    facade_refuse(call, PROBLEM_overloaded);
}

void tickets_pdf(struct facade_call *call, const void *body, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const struct order_tickets *tickets = read_tickets(arena, body, size);
    if (tickets != NULL && tickets->tickets.n > 0) {
        print(call, arena, tickets);
        return;
    }
    mem_free(arena);
    facade_refuse(call, tickets == NULL ? PROBLEM_unavailable : PROBLEM_not_found);
}
