#include "db-svc/picture_upload.h"

#include <sodium.h>

#include "db-svc/parts_state.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event_picture.h"
#include "libshared/http/media_type.h"
#include "libshared/picture/picture.h"
#include "libshared/service/background.h"

#define WAITING_MAX 8 /* of a mebibyte each */

/* What the query string may say besides. */
struct upload_parameters {
    const char *alt;
};

struct upload {
    struct facade_call *call;
    struct background_work *work; /* NULL: it is over */
    const char *event_id, *key, *alt;
};

/* What the thread works on: in an arena of its own, since the client may leave. */
struct preparing {
    void *arena;
    const void *bytes;
    size_t size;
    enum picture_fault fault;
    struct picture picture;
};

static const char *const taken[] = {"image/png", "image/jpeg", NULL};

#define T struct upload_parameters
static const struct field fields[] = {
    FIELD(T, alt, .max = 300, .summary = "What the picture shows, for those who do not see it."),
};
static const struct record upload_parameters_record = RECORD("picture_parameters", T, fields);
#undef T

const struct route_document picture_upload_document = {
    .name = "event_set_picture",
    .tag = "events",
    .description =
        "The body is a PNG or a JPEG of at most 1 MiB, 8192 pixels on a side and 16,777,216 in "
        "all. What is shown of it is a JPEG that fits 1200 x 800 pixels and 128 KiB: it is scaled "
        "down and turned as its Exif says, white where it is transparent, and has no metadata. "
        "If-Match is of the "
        "picture.",
    .takes_files = taken,
    .parameters = &upload_parameters_record,
    .keyed = true,
    .shows = &event_picture_record,
    .headers =
        (const struct route_parameter[]){
            {"If-Match", "string", "The ETag of the picture that is replaced."}, {0}},
    .refuses = (const int[]){412, 0},
    .over_kafka = "`event.set_picture` on `events.commands`, with the picture as it is shown.",
};

int picture_upload_start(const struct service_context *context, struct background **ret_background)
{
    return background_open(context->arena, context->loop, WAITING_MAX, ret_background);
}

void picture_upload_begin(struct facade_call *call)
{
    struct http_request *request = facade_request(call);
    const char *type = http_header(request, "Content-Type");
    request->body_limit = PICTURE_UPLOAD_MAX;
    if (!media_type_is(type, taken[0]) && !media_type_is(type, taken[1]))
        facade_refuse(call, PROBLEM_unsupported_media_type);
}

static void prepare(void *own)
{
    struct preparing *preparing = own;
    preparing->fault =
        picture_prepare(preparing->arena, preparing->bytes, preparing->size, &preparing->picture);
}

static void on_reply(void *context, const struct reply *reply)
{
    facade_answer(context, reply);
}

static json_t *message_of(const struct upload *upload, const struct picture *picture)
{
    void *arena = facade_request(upload->call)->arena;
    size_t size = sodium_base64_ENCODED_LEN(picture->size, sodium_base64_VARIANT_ORIGINAL);
    char *data = mem_array(arena, char, size);
    sodium_bin2base64(data, size, picture->bytes, picture->size, sodium_base64_VARIANT_ORIGINAL);
    return json_pack("{ssssss*}", "event_id", upload->event_id, "data", data, "alt", upload->alt);
}

static void on_prepared(void *context, void *own)
{
    struct upload *upload = context;
    const struct preparing *preparing = own;
    upload->work = NULL;
    json_t *message;
    if (preparing->fault != PICTURE_GOOD) {
        message = json_pack("{ss}", "reason", picture_fault_names[preparing->fault]);
        facade_refuse_with(upload->call, PROBLEM_invalid_picture, message);
    } else {
        message = message_of(upload, &preparing->picture);
        facade_send(upload->call, "event.set_picture", upload->event_id, upload->key, message,
                    on_reply, upload->call);
    }
    json_decref(message);
}

static void leave(void *own)
{
    const struct upload *upload = own;
    if (upload->work != NULL)
        background_forget(upload->work);
}

static void put(struct upload *upload)
{
    const struct http_request *request = facade_request(upload->call);
    void *arena = mem_arena(NULL, 0);
    struct preparing *preparing = mem_new(arena, struct preparing);
    *preparing = (struct preparing){.arena = arena,
                                    .bytes = mem_dup(arena, request->body, request->body_size),
                                    .size = request->body_size};
    upload->work = background_put(parts_of(facade_user(upload->call))->background,
                                  &(struct background_task){.arena_take = arena,
                                                            .own = preparing,
                                                            .run = prepare,
                                                            .done = on_prepared,
                                                            .context = upload});
    if (upload->work != NULL) {
        facade_set_context(upload->call, upload, leave);
        return;
    }
    facade_header(upload->call, "Retry-After", "1");
    facade_refuse(upload->call, PROBLEM_overloaded);
}

void picture_upload_serve(struct facade_call *call)
{
    void *arena = facade_request(call)->arena;
    struct upload_parameters parameters;
    const char *event_id = facade_parameter(call, "event_id");
    if (!id_valid(command_id_prefix(ID_EVENT), event_id)) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    if (!facade_parameters(call, arena, &upload_parameters_record, &parameters))
        return;
    struct upload *upload = mem_new(arena, struct upload);
    upload->call = call;
    upload->event_id = event_id;
    upload->alt = parameters.alt;
    upload->key = facade_command_id(call);
    if (upload->key != NULL)
        put(upload);
}
