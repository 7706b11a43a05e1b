/* An event's own texts: checked where they are saved, read as messages are sent. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/translations.h"
#include "libshared/base/mem.h"
#include "libshared/contract/message_texts.h"

static void check_size(struct decoder *decoder, const char *member,
                       const struct message_text_list *list)
{
    size_t bytes = 0;
    for (size_t i = 0; i < list->n; i++)
        bytes += strlen(list->at[i].subject) + strlen(list->at[i].message);
    if (bytes > MESSAGE_KIND_BYTES)
        violations_add_limit(decoder->violations, &(struct path){.name = member},
                             VIOLATION_too_long, MESSAGE_KIND_BYTES);
}

static bool check(struct decision *decision, const struct message_texts *wanted,
                  struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    for (enum message_kind kind = MESSAGE_UNSET + 1; kind < MESSAGE_KINDS; kind++) {
        const struct message_text_list *list = message_texts_of(wanted, kind);
        translations_check_list(&decoder, message_kind_names[kind], list);
        check_size(&decoder, message_kind_names[kind], list);
    }
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

/* An empty list is none. True: there is a text. */
static bool tidy(struct message_texts *wanted)
{
    bool any = false;
    for (enum message_kind kind = MESSAGE_UNSET + 1; kind < MESSAGE_KINDS; kind++) {
        any = any || wanted->of[kind].n > 0;
        if (wanted->of[kind].n == 0)
            wanted->of[kind].at = NULL;
    }
    return any;
}

/* Before the first edit there are none, of version 0. */
static const struct message_texts *stored(struct decision *decision, const struct event *event)
{
    const struct message_texts *was = decision_read(decision, &collection_message_texts, event->id);
    if (was != NULL)
        return was;
    struct message_texts *none = mem_new(decision_arena(decision), struct message_texts);
    none->id = none->event_id = event->id;
    none->created_at = none->updated_at = event->created_at;
    return none;
}

static const struct message_texts *put(struct decision *decision, const struct message_texts *was,
                                       const struct message_texts *wanted, bool any)
{
    struct message_texts *texts =
        was->version > 0 ? edit_apply(decision, &collection_message_texts, was->id, wanted)
                         : edit_add(decision, &collection_message_texts, was->id, wanted);
    struct event *event = decision_change(decision, &collection_events, was->id);
    event->own_texts = (struct opt_bool){any, any};
    return texts;
}

static struct answer message_texts_edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    (void)decision_want(decision, &collection_message_texts, body->ids[ID_EVENT]);
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    const struct message_texts *was = stored(decision, event);
    if (decision_stale(decision, was))
        return answer_refuse(decision, PROBLEM_precondition_failed);
    struct message_texts *wanted =
        edit_wanted(decision, &message_texts_record, body, was, &refusal);
    if (wanted == NULL || !check(decision, wanted, &refusal))
        return refusal;
    bool any = tidy(wanted);
    if (!edit_differs(&message_texts_record, was, wanted))
        return answer_ok(decision, &message_texts_record, was);
    return answer_ok(decision, &message_texts_record, put(decision, was, wanted, any));
}

const struct handler message_texts_handlers[] = {
    {"message_texts.replace", message_texts_edit},
    {"message_texts.update", message_texts_edit},
    {0},
};
