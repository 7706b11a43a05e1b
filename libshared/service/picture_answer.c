#include "libshared/service/picture_answer.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event_picture.h"
#include "libshared/http/conditional.h"
#include "libshared/record/tolerant.h"

const struct route_document picture_document = {
    .name = "event_picture",
    .tag = "events",
    .description = "PNG or JPEG, with an ETag that changes with it.",
};

void picture_answer(struct facade_call *call, const struct picture_bytes *picture)
{
    const struct http_request *request = facade_request(call);
    const char *etag = mem_printf(request->arena, "\"%s\"", picture->sha256);
    facade_header(call, "ETag", etag);
    facade_header(call, "Cache-Control", "public, max-age=60");
    facade_header(call, "X-Content-Type-Options", "nosniff");
    if (!conditional_if_none_match(http_header(request, "If-None-Match"), etag)) {
        facade_respond(call, &(struct http_response){.status = 304});
        return;
    }
    facade_respond(call, &(struct http_response){
                             .status = 200,
                             .content_type = mem_strdup(request->arena, picture->content_type),
                             .body = mem_dup(request->arena, picture->bytes, picture->size),
                             .body_size = picture->size});
}

static bool decode(void *arena, const struct picture_file *file, struct picture_bytes *ret_picture)
{
    if (file->data == NULL || file->sha256 == NULL || file->content_type == NULL)
        return false;
    size_t length = strlen(file->data), size;
    uint8_t *bytes = mem_array(arena, uint8_t, length + 1);
    if (sodium_base642bin(bytes, length, file->data, length, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *ret_picture = (struct picture_bytes){
        .sha256 = file->sha256, .content_type = file->content_type, .bytes = bytes, .size = size};
    return true;
}

bool picture_answer_read(void *arena, const void *body, size_t size,
                         struct picture_bytes *ret_picture)
{
    struct picture_file file;
    json_t *json = json_loadb(body, size, 0, NULL);
    int r = record_decode_tolerant(arena, &picture_file_record, json, &file);
    json_decref(json);
    return r == 0 && decode(arena, &file, ret_picture);
}

void picture_answer_show(struct facade_call *call, const void *body, size_t size)
{
    struct picture_bytes picture;
    if (picture_answer_read(facade_request(call)->arena, body, size, &picture))
        picture_answer(call, &picture);
    else
        facade_refuse(call, PROBLEM_unavailable);
}
