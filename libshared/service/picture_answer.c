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
    .description = "A JPEG, with an ETag that changes with it.",
};

void picture_answer(struct facade_call *call, const struct picture_file_read *file)
{
    const struct http_request *request = facade_request(call);
    const struct picture *picture = &file->picture;
    const char *etag = mem_printf(request->arena, "\"%s\"", file->sha256);
    facade_header(call, "ETag", etag);
    facade_header(call, "Cache-Control",
                  file->draft ? "private, max-age=60" : "public, max-age=60");
    facade_header(call, "X-Content-Type-Options", "nosniff");
    if (!conditional_if_none_match(http_header(request, "If-None-Match"), etag)) {
        facade_respond(call, &(struct http_response){.status = 304});
        return;
    }
    facade_respond(call, &(struct http_response){
                             .status = 200,
                             .content_type = PICTURE_MEDIA_TYPE,
                             .body = mem_dup(request->arena, picture->bytes, picture->size),
                             .body_size = picture->size});
}

static bool decode(void *arena, const struct picture_file *file, struct picture_file_read *ret_file)
{
    if (file->data == NULL || file->sha256 == NULL)
        return false;
    size_t length = strlen(file->data), size;
    uint8_t *bytes = mem_array(arena, uint8_t, length + 1);
    if (sodium_base642bin(bytes, length, file->data, length, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    ret_file->sha256 = file->sha256;
    ret_file->draft = file->draft.value;
    ret_file->picture = (struct picture){
        .width = (int)file->width, .height = (int)file->height, .bytes = bytes, .size = size};
    return true;
}

bool picture_answer_read(void *arena, const void *body, size_t size,
                         struct picture_file_read *ret_file)
{
    struct picture_file file;
    json_t *json = json_loadb(body, size, 0, NULL);
    int r = record_decode_tolerant(arena, &shown_picture_file_record, json, &file);
    json_decref(json);
    return r == 0 && decode(arena, &file, ret_file);
}

void picture_answer_show(struct facade_call *call, const void *body, size_t size)
{
    struct picture_file_read file;
    if (picture_answer_read(facade_request(call)->arena, body, size, &file))
        picture_answer(call, &file);
    else
        facade_refuse(call, PROBLEM_unavailable);
}
