/* A request and its reply: finding the primary, the way there and back, and what a reply says. */
#include "tests/simulation/mongo/driver.h"

#include <string.h>

#include "tests/simulation/mongo/document.h"
#include "tests/simulation/world/world.h"

#define LOOK_US 500000 /* minHeartbeatFrequencyMS */

static bool is_there(const mongoc_client_t *client)
{
    const struct server *server = mongo_server;
    if (server->reaches != NULL)
        return server->reaches(server->context, client->uri->port) &&
               world_now() >= server->away_until;
    return client->uri->port == server->port && world_now() >= server->away_until;
}

bool driver_select(mongoc_client_t *client, bson_error_t *error)
{
    int64_t until = world_now() + (int64_t)client->uri->selection_ms * 1000;
    while (world != NULL && !is_there(client) && world_now() < until)
        world_wait(until - world_now() < LOOK_US ? until - world_now() : LOOK_US);
    if (is_there(client))
        return true;
    bson_set_error(error, MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
                   "No suitable servers found");
    return false;
}

static bool fail_stream(bson_error_t *error)
{
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET,
                   "Failed to read 4 bytes: socket error or timeout");
    return false;
}

static struct fate fate_of(const mongoc_client_t *client, const struct request *request,
                           const char *name)
{
    const struct server *server = mongo_server;
    return server->fate != NULL ? server->fate(server->context, client->uri->port, request, name)
                                : (struct fate){0};
}

static bool is_lost(enum fate_kind kind)
{
    return kind == FATE_REQUEST_LOST || kind == FATE_REPLY_LOST;
}

int driver_exchange(mongoc_client_t *client, const struct request *request, const char *name,
                    at_server *serve, void *context, bson_t *ret_reply, bson_error_t *error)
{
    world_call(name);
    if (!driver_select(client, error))
        return -1;
    const struct fate fate = fate_of(client, request, name);
    int64_t until = world_now() + (int64_t)client->uri->socket_ms * 1000;
    uint64_t restarts = mongo_server->restarts;
    world_wait(fate.before_us);
    bool cut = mongo_server->restarts != restarts || world_now() < mongo_server->away_until;
    bool never = fate.kind == FATE_REQUEST_LOST || fate.kind == FATE_CUT || cut;
    int done = 0;
    if (fate.kind == FATE_REFUSED) {
        bson_copy_to(fate.reply, ret_reply);
        done = document_flag(ret_reply, "ok");
    } else if (!never)
        done = serve(context, request, ret_reply);
    else
        bson_init(ret_reply);
    world_wait(fate.after_us);
    cut = cut || mongo_server->restarts != restarts || fate.kind == FATE_CUT ||
          fate.kind == FATE_CUT_DONE;
    if (!cut && !is_lost(fate.kind) && world_now() <= until)
        return done;
    bson_destroy(ret_reply);
    if (!cut && world_now() < until)
        world_wait(until - world_now());
    (void)fail_stream(error);
    return -1;
}

static bool run_at_server(void *context, const struct request *request, bson_t *ret_reply)
{
    (void)context;
    return server_run(mongo_server, request, ret_reply);
}

void driver_take_error(const bson_t *reply, bson_error_t *error)
{
    bson_iter_t at;
    int32_t code = 0;
    const char *message = "";
    if (bson_iter_init_find(&at, reply, "code"))
        code = (int32_t)bson_iter_as_int64(&at);
    if (bson_iter_init_find(&at, reply, "errmsg"))
        message = bson_iter_utf8(&at, NULL);
    bson_set_error(error, MONGOC_ERROR_SERVER, (uint32_t)code, "%s", message);
}

static void append_label(bson_t *reply, const char *label)
{
    bson_t labels;
    if (label == NULL)
        return;
    (void)BSON_APPEND_ARRAY_BEGIN(reply, "errorLabels", &labels);
    (void)BSON_APPEND_UTF8(&labels, "0", label);
    (void)bson_append_array_end(reply, &labels);
}

/* A write that the primary has and the majority has not is no success, though the reply is "ok". */
static bool take_concern_error(bson_t *reply, const char *label, bson_error_t *error)
{
    bson_iter_t at, code;
    if (!bson_iter_init(&at, reply) ||
        !bson_iter_find_descendant(&at, "writeConcernError.code", &code))
        return false;
    bson_set_error(error, MONGOC_ERROR_WRITE_CONCERN, (uint32_t)bson_iter_as_int64(&code),
                   "Write Concern error");
    append_label(reply, label);
    return true;
}

bool driver_run(mongoc_client_t *client, const struct request *request, const char *label,
                bson_t *ret_reply, bson_error_t *error)
{
    bson_iter_t first;
    bson_t reply;
    (void)(bson_iter_init(&first, request->command) && bson_iter_next(&first));
    int done =
        driver_exchange(client, request, bson_iter_key(&first), run_at_server, NULL, &reply, error);
    if (done < 0) {
        bson_init(&reply);
        append_label(&reply, label);
    } else if (done == 0) {
        driver_take_error(&reply, error);
    } else if (take_concern_error(&reply, label, error)) {
        done = 0;
    }
    if (ret_reply != NULL)
        bson_steal(ret_reply, &reply);
    else
        bson_destroy(&reply);
    return done == 1;
}

bool mongoc_error_has_label(const bson_t *reply, const char *label)
{
    bson_iter_t list, at;
    if (!bson_iter_init_find(&list, reply, "errorLabels") || !bson_iter_recurse(&list, &at))
        return false;
    while (bson_iter_next(&at))
        if (BSON_ITER_HOLDS_UTF8(&at) && strcmp(bson_iter_utf8(&at, NULL), label) == 0)
            return true;
    return false;
}
