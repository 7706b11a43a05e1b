/* The picture of an event: its bytes in a record of their own, and what is known of them in the
 * event. Facades prepare what is uploaded; whoever else sends one is held to the same bounds. */
#include "db-svc/rules/sales/event_picture.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/rules.h"
#include "db-svc/rules/sales/event.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/picture/picture.h"

static enum picture_fault read_upload(const void *arena, const char *data,
                                      struct picture *ret_picture)
{
    size_t length = strlen(data), size;
    uint8_t *bytes = mem_array(arena, uint8_t, length + 1);
    if (sodium_base642bin(bytes, length, data, length, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return PICTURE_UNREADABLE;
    return picture_check(bytes, size, ret_picture);
}

static const char *sha256_of(const void *arena, const struct picture *picture)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char *text = mem_zeroed(arena, 2 * sizeof hash + 1);
    crypto_hash_sha256(hash, picture->bytes, picture->size);
    text_hex(text, hash, sizeof hash);
    return text;
}

static struct event_picture *described(const void *arena, const struct picture *picture,
                                       const char *alt)
{
    struct event_picture *about = mem_new(arena, struct event_picture);
    *about = (struct event_picture){.sha256 = sha256_of(arena, picture),
                                    .content_type = PICTURE_MEDIA_TYPE,
                                    .width = picture->width,
                                    .height = picture->height,
                                    .size = (int64_t)picture->size,
                                    .alt = alt};
    return about;
}

static bool is_stale(struct decision *decision, const struct event *event)
{
    const char *tag = event->picture != NULL
                          ? mem_printf(decision_arena(decision), "\"%s\"", event->picture->sha256)
                          : NULL;
    return decision_stale_tag(decision, tag);
}

static void keep_file(struct decision *decision, const char *event_id,
                      const struct event_picture *about, const char *data)
{
    bool there = decision_read(decision, &collection_pictures, event_id) != NULL;
    struct picture_file *file = there ? decision_edit(decision, &collection_pictures, event_id)
                                      : decision_add(decision, &collection_pictures, event_id);
    file->event_id = event_id;
    file->sha256 = about->sha256;
    file->content_type = about->content_type;
    file->width = about->width;
    file->height = about->height;
    file->data = data;
}

static void change(struct decision *decision, const struct event *was,
                   struct event_picture *picture)
{
    struct event *event = decision_edit(decision, &collection_events, was->id);
    event->picture = picture;
    event_emit(decision, "event.updated", was, event);
}

static struct answer refuse(struct decision *decision, enum picture_fault fault)
{
    return answer_refuse_with(decision, PROBLEM_invalid_picture,
                              json_pack("{ss}", "reason", picture_fault_names[fault]));
}

DECISION(event_set_picture, picture_upload_record)
{
    struct answer refusal;
    struct picture picture;
    decision_want(decision, &collection_pictures, body->ids[ID_EVENT]);
    const struct event *was = edit_event(decision, body, &refusal);
    if (was == NULL)
        return refusal;
    if (is_stale(decision, was))
        return answer_refuse(decision, PROBLEM_precondition_failed);
    (void)decision_read(decision, &collection_pictures, was->id); /* before what takes time */
    enum picture_fault fault = read_upload(decision_arena(decision), request->data, &picture);
    if (fault != PICTURE_GOOD)
        return refuse(decision, fault);
    struct event_picture *about = described(decision_arena(decision), &picture, request->alt);
    if (was->picture != NULL && !edit_differs(&event_picture_record, was->picture, about))
        return answer_ok(decision, &event_picture_record, was->picture);
    keep_file(decision, was->id, about, request->data);
    change(decision, was, about);
    return answer_ok(decision, &event_picture_record, about);
}

static struct answer event_remove_picture(struct decision *decision,
                                          const struct command_body *body)
{
    struct answer refusal;
    const struct event *was = edit_event(decision, body, &refusal);
    if (was == NULL)
        return refusal;
    if (is_stale(decision, was))
        return answer_refuse(decision, PROBLEM_precondition_failed);
    if (was->picture == NULL)
        return answer_refuse(decision, PROBLEM_not_found);
    decision_remove(decision, &collection_pictures, was->id);
    change(decision, was, NULL);
    return answer_none(decision);
}

void event_picture_copy(struct decision *decision, const struct event *from, struct event *to)
{
    if (from->picture == NULL)
        return;
    const struct picture_file *file = decision_read(decision, &collection_pictures, from->id);
    if (file != NULL)
        keep_file(decision, to->id, from->picture, file->data);
    else
        to->picture = NULL;
}

const struct handler event_picture_handlers[] = {
    {"event.set_picture", event_set_picture, &picture_upload_record},
    {"event.remove_picture", event_remove_picture},
    {0},
};
