#include "libshared/contract/message_texts.h"

#include "libshared/contract/event.h"

const char *const message_kind_names[] = {"",          "welcome",         "tickets",   "ticket",
                                          "postponed", "moved",           "cancelled", "reminder",
                                          "refunded",  "address_changed", NULL};

#define TEXTS_MAX 20

#define T struct notification_text
static const struct field text_fields[] = {
    FIELD_AS(kind_locale, T, locale, .personal = NOT_PERSONAL, .flags = REQUIRED),
    FIELD(T, subject, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200),
    FIELD(T, message, .personal = NOT_ERASED, .flags = REQUIRED | MULTILINE,
          .max = MESSAGE_TEXT_BYTES, .max_bytes = MESSAGE_TEXT_BYTES,
          .summary = "At most 20 KiB in UTF-8. Fields such as {{event.name}} are replaced by their "
                     "values."),
};
static const struct record text_record = RECORD("message_text", T, text_fields);
#undef T

/* clang-format off */
#define TEXTS(of_, name_, summary_) \
    {.name = (name_), .offset = offsetof(struct message_texts, of[MESSAGE_##of_]), \
     .size = sizeof(struct message_text_list), .kind = &kind_list, .of = &text_record, \
     .max = TEXTS_MAX, .summary = (summary_)}
#define ALL_TEXTS \
    TEXTS(WELCOME, "welcome", "To everyone who registers."), \
    TEXTS(TICKETS, "tickets", "To the buyer of a paid order."), \
    TEXTS(TICKET, "ticket", "To whom a ticket is assigned or transferred, or gets a new code."), \
    TEXTS(POSTPONED, "postponed", "To everyone: the event is postponed."), \
    TEXTS(MOVED, "moved", "To everyone: the event has another date or place."), \
    TEXTS(CANCELLED, "cancelled", "To everyone: the event is cancelled."), \
    TEXTS(REMINDER, "reminder", "To everyone, before the event starts."), \
    TEXTS(REFUNDED, "refunded", "To the buyer of an order whose money was refunded."), \
    TEXTS(ADDRESS_CHANGED, "address_changed", "To the address that an order no longer has.")
/* clang-format on */

#define T struct message_texts
static const struct field fields[] = {
    COMMON_FIELDS(T, EVENT_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY | SHOWN),
    ALL_TEXTS,
};
static const struct field default_fields[] = {ALL_TEXTS};
#undef T

const struct record message_texts_record = RECORD("message_texts", struct message_texts, fields);
const struct record message_defaults_record =
    RECORD("message_defaults", struct message_texts, default_fields);

const struct message_text_list *message_texts_of(const struct message_texts *texts,
                                                 enum message_kind kind)
{
    static const struct message_text_list none;
    return texts != NULL ? &texts->of[kind] : &none;
}

#define T struct message_preview
static const struct field preview_fields[] = {
    FIELD_ENUM(T, kind, message_kind_names, .flags = REQUIRED,
               .summary = "Which automatic message."),
    FIELD_AS(kind_locale, T, locale, .summary = "The reader's language."),
    FIELD_LIST(T, texts, text_record, .max = TEXTS_MAX,
               .summary = "Texts to try instead of the saved ones; an empty list: the default."),
};
const struct record message_preview_record = RECORD("message_preview", T, preview_fields);
#undef T

#define T struct message_preview_text
static const struct field preview_text_fields[] = {
    FIELD_ENUM(T, kind, message_kind_names, .flags = SHOWN, .summary = "Which automatic message."),
    FIELD(T, locale, .summary = "The text's language."),
    FIELD(T, own, .summary = "Whether it is the event's own text, and not the default."),
    FIELD(T, subject, .flags = SHOWN),
    FIELD(T, message, .flags = SHOWN | MULTILINE, .summary = "The plain text."),
    FIELD(T, html, .flags = MULTILINE,
          .summary = "The page that mail programs show; over REST only."),
    FIELD_NESTED(T, event, delivery_event_record,
                 .summary = "What the page shows of it; over Kafka only."),
    FIELD_LIST(T, tickets, delivery_ticket_record, .summary = "Likewise; over Kafka only."),
};
const struct record message_preview_text_record =
    RECORD("message_preview_text", T, preview_text_fields);
