#include "tickets-svc/tickets_pdf.h"

#include "libshared/base/mem.h"
#include "libshared/contract/order_tickets.h"
#include "libshared/record/tolerant.h"
#include "libshared/service/event_pictures.h"
#include "tickets-svc/serve.h"
#include "tickets-svc/serve_state.h"
#include "tickets-svc/ticket_printer.h"

/* A call that waits for its event's picture, and then for its file. */
struct waiting {
    struct facade_call *call;
    void *arena; /* of what is printed, until it goes to the printer */
    const struct order_tickets *tickets;
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

/* It is drawn on another thread. */
static const struct picture *copy_of(const void *arena, const struct picture *picture)
{
    struct picture *copy = mem_dup(arena, picture, sizeof *picture);
    copy->bytes = mem_dup(arena, picture->bytes, picture->size);
    return copy;
}

/* Without its picture a ticket is as good. */
static void print(void *context, enum event_picture_outcome outcome, struct shown_picture *picture)
{
    struct waiting *waiting = context;
    const struct order_tickets *tickets = waiting->tickets;
    size_t n = tickets->tickets.n;
    struct ticket_pdf_page *pages = mem_array(waiting->arena, struct ticket_pdf_page, n);
    const struct picture *shown =
        outcome == EVENT_PICTURE_SHOWN ? copy_of(waiting->arena, &picture->file.picture) : NULL;
    for (size_t i = 0; i < n; i++) {
        pages[i] = order_tickets_page(waiting->arena, tickets->event, &tickets->tickets.at[i]);
        pages[i].picture = shown;
    }
    waiting->print = ticket_printer_put(serve_state_of(facade_user(waiting->call))->printer,
                                        waiting->arena, pages, n, respond, waiting);
    if (waiting->print != NULL)
        return;
    facade_header(waiting->call, "Retry-After", "1");
    facade_refuse(waiting->call, PROBLEM_overloaded);
}

static void begin(struct facade_call *call, void *arena_take, const struct order_tickets *tickets)
{
    struct waiting *waiting = mem_new(facade_request(call)->arena, struct waiting);
    *waiting = (struct waiting){.call = call, .arena = arena_take, .tickets = tickets};
    facade_set_context(call, waiting, leave);
    if (tickets->event == NULL || tickets->event->picture == NULL || tickets->event_id == NULL)
        print(waiting, EVENT_PICTURE_NONE, NULL);
    else
        serve_want_picture(
            call, &(struct event_pictures_wanted){.event_id = tickets->event_id,
                                                  .sha256 = tickets->event->picture->sha256,
                                                  .done = print,
                                                  .context = waiting});
}

void tickets_pdf(struct facade_call *call, const void *body, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const struct order_tickets *tickets = read_tickets(arena, body, size);
    if (tickets != NULL && tickets->tickets.n > 0) {
        begin(call, arena, tickets);
        return;
    }
    mem_free(arena);
    facade_refuse(call, tickets == NULL ? PROBLEM_unavailable : PROBLEM_not_found);
}
