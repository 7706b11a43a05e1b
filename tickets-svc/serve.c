#include "tickets-svc/serve.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/conditional.h"
#include "libshared/service/event_pictures.h"
#include "tickets-svc/fact_streams.h"
#include "tickets-svc/order_page.h"
#include "tickets-svc/serve_state.h"
#include "tickets-svc/stream.h"
#include "tickets-svc/ticket_printer.h"

/* A call that waits until its event is known. */
struct wanted {
    struct facade_call *call;
    struct serve_state *own;
    const char *event_id, *ticket_type_id;
    void (*show)(const struct wanted *wanted);
    bool joined; /* a question that may be older than what is wanted */
};

static struct serve_state *state_of(const struct facade_call *call)
{
    return serve_state_of(facade_user(call));
}

static void ask_picture(void *user, const struct replies_request *request)
{
    const struct service_context *context = user;
    const struct clock_time *now = loop_now(context->loop);
    replies_request(context->replies, request, now->monotonic_ms, now->wall_ms);
}

void serve_want_picture(const struct facade_call *call, const struct event_pictures_wanted *wanted)
{
    const struct serve_state *own = state_of(call);
    event_pictures_want(own->pictures, wanted, loop_now(own->context->loop)->monotonic_ms);
}

static void refuse(struct facade_call *call, enum problem_code code)
{
    if (code != PROBLEM_not_found)
        facade_header(call, "Retry-After", "1");
    facade_refuse(call, code);
}

static bool is_known(const struct wanted *wanted)
{
    return availability_known(wanted->own->table, wanted->event_id, wanted->ticket_type_id);
}

static void show(const struct wanted *wanted)
{
    fact_follower_read(wanted->own->follower, wanted->event_id);
    wanted->show(wanted);
}

static void ask(struct wanted *wanted);

static void on_asked(void *context, enum question_outcome outcome)
{
    struct wanted *wanted = context;
    if (is_known(wanted))
        show(wanted);
    else if (outcome == QUESTION_UNANSWERED)
        refuse(wanted->call, PROBLEM_unavailable);
    else if (wanted->joined)
        ask(wanted);
    else
        refuse(wanted->call, PROBLEM_not_found);
}

static void ask(struct wanted *wanted)
{
    wanted->joined = availability_asked(wanted->own->table, wanted->event_id);
    fact_follower_ask(wanted->own->follower, wanted->event_id, on_asked, wanted);
}

static void serve(struct facade_call *call, void (*show_it)(const struct wanted *wanted))
{
    void *arena = facade_request(call)->arena;
    const struct command_body *asked = facade_asked(call);
    struct wanted *wanted = mem_new(arena, struct wanted);
    *wanted = (struct wanted){.call = call,
                              .own = state_of(call),
                              .event_id = mem_strdup(arena, asked->ids[ID_EVENT]),
                              .ticket_type_id = mem_strdup(arena, asked->ids[ID_TICKET_TYPE]),
                              .show = show_it};
    if (is_known(wanted))
        show(wanted);
    else
        ask(wanted);
}

/* Weak: answers with the same tag differ in `as_of`. */
static void show_availability(const struct wanted *wanted)
{
    const struct serve_state *own = wanted->own;
    const struct http_request *request = facade_request(wanted->call);
    char tag[AVAILABILITY_TAG_SIZE];
    const char *text = availability_text(
        own->table, request->arena, wanted->event_id, wanted->ticket_type_id,
        loop_now(own->context->loop)->wall_ms, fact_follower_as_of(own->follower), tag);
    const char *etag = mem_printf(request->arena, "W/\"%s\"", tag);
    facade_header(wanted->call, "ETag", etag);
    facade_header(wanted->call, "Cache-Control", "no-cache");
    const struct http_response whole = {
        .status = 200, .content_type = "application/json", .body = text, .body_size = strlen(text)};
    const struct http_response bare = {.status = 304};
    bool has_it = !conditional_if_none_match(http_header(request, "If-None-Match"), etag + 2);
    facade_respond(wanted->call, has_it ? &bare : &whole);
}

static void show_stream(const struct wanted *wanted)
{
    struct http_response response;
    if (!streams_open(wanted->own->streams, facade_request(wanted->call), wanted->event_id,
                      &response)) {
        refuse(wanted->call, PROBLEM_overloaded);
        return;
    }
    facade_header(wanted->call, "Cache-Control", "no-store");
    facade_header(wanted->call, "X-Accel-Buffering", "no");
    facade_respond(wanted->call, &response);
}

void serve_availability(struct facade_call *call)
{
    serve(call, show_availability);
}

void serve_stream(struct facade_call *call)
{
    serve(call, show_stream);
}

static void show_facts(const struct wanted *wanted)
{
    fact_streams_serve(wanted->own->fact_streams, wanted->call, wanted->event_id);
}

void serve_facts(struct facade_call *call)
{
    if (fact_streams_accept(call))
        serve(call, show_facts);
}

static void changed(void *user, const char *event_id)
{
    const struct serve_state *own = user;
    if (own->streams != NULL)
        streams_changed(own->streams, event_id);
}

void serve_on_reply(void *user, const struct reply *reply)
{
    const struct service_context *context = user;
    const struct serve_state *own = context->own;
    json_t *levels = reply->stock != NULL ? json_loads(reply->stock, 0, NULL) : NULL;
    if (own != NULL && levels != NULL)
        availability_stock(own->table, levels);
    json_decref(levels);
}

static bool check_facts(void *user, const char **ret_reason)
{
    *ret_reason = fact_follower_unready(user);
    return *ret_reason == NULL;
}

static double count_streams(void *user)
{
    return (double)streams_count(user);
}

static double count_fact_streams(void *user)
{
    return (double)fact_streams_count(user);
}

static double count_events(void *user)
{
    return (double)availability_count(user);
}

/* Half of the connections stay for those who buy. */
static void open_streams(struct serve_state *own)
{
    struct service_context *context = own->context;
    own->streams =
        streams_new(context->arena, &(struct streams_config){
                                        .loop = context->loop,
                                        .health = context->health,
                                        .follower = own->follower,
                                        .table = own->table,
                                        .max = (size_t)context->settings->max_connections / 2,
                                    });
    metrics_gauge(context->metrics, "availability_streams", "Streams of availability open.", NULL,
                  count_streams, own->streams);
    metrics_gauge(context->metrics, "facts_streams", "Streams of facts open.", NULL,
                  count_fact_streams, own->fact_streams);
}

static int open_threads(struct serve_state *own)
{
    struct service_context *context = own->context;
    int r = fact_streams_open(context->arena,
                              &(struct fact_streams_config){.bus = context->bus,
                                                            .loop = context->loop,
                                                            .health = context->health},
                              &own->fact_streams);
    if (r < 0)
        return r;
    r = ticket_printer_open(context->arena, context->loop, &own->printer);
    if (r < 0)
        fact_streams_close(own->fact_streams);
    return r;
}

int serve_start(struct service_context *context)
{
    struct serve_state *own = mem_new(context->arena, struct serve_state);
    own->context = context;
    own->order_page = order_page_new(context->arena, context->settings);
    if (own->order_page == NULL)
        return -EINVAL;
    own->pictures = event_pictures_new(context->arena, ask_picture, context);
    own->table = availability_new(context->arena, changed, own);
    int r = fact_follower_open(context->arena,
                               &(struct fact_follower_config){.bus = context->bus,
                                                              .loop = context->loop,
                                                              .replies = context->replies,
                                                              .table = own->table},
                               &own->follower);
    if (r < 0)
        return r;
    r = open_threads(own);
    if (r < 0) {
        fact_follower_close(own->follower);
        return r;
    }
    open_streams(own);
    metrics_gauge(context->metrics, "availability_events", "Events whose availability is kept.",
                  NULL, count_events, own->table);
    health_add(context->health, "facts", check_facts, own->follower);
    context->own = own;
    return 0;
}

void serve_stop(struct service_context *context)
{
    const struct serve_state *own = context->own;
    ticket_printer_close(own->printer);
    fact_streams_close(own->fact_streams);
    fact_follower_close(own->follower);
}
