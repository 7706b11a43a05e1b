/* message_texts: what an event's automatic messages say in its organiser's own words, by kind and
 * language; the defaults in the same form; and a preview of one. Kept apart from the event, which
 * every sale reads. */
#pragma once

#include "libshared/contract/notification.h"

#define MESSAGE_TEXT_BYTES (20 * 1024) /* of one message, at most */
#define MESSAGE_KIND_BYTES 50000       /* of all texts of a kind: every kind's fit an answer */

/* The kinds of message that an event sends automatically: the name on the wire, and for whom. */
enum message_kind {
    MESSAGE_UNSET,
    MESSAGE_WELCOME,
    MESSAGE_TICKETS,
    MESSAGE_TICKET,
    MESSAGE_POSTPONED,
    MESSAGE_MOVED,
    MESSAGE_CANCELLED,
    MESSAGE_REMINDER,
    MESSAGE_REFUNDED,
    MESSAGE_ADDRESS_CHANGED,
    MESSAGE_KINDS
};
extern const char *const message_kind_names[]; /* ended by NULL */

/* One kind's texts: a language each. Who reads none of them, nor a default one, reads the first. */
struct message_text_list {
    struct notification_text *at;
    size_t n;
};

/* The id is the event's. */
struct message_texts {
    COMMON_MEMBERS;
    const char *event_id;
    struct message_text_list of[MESSAGE_KINDS]; /* without MESSAGE_UNSET */
};
/* NULL `texts`: none. */
const struct message_text_list *message_texts_of(const struct message_texts *texts,
                                                 enum message_kind kind);

struct message_preview {
    int kind;                       /* enum message_kind */
    const char *locale;             /* the reader's; NULL: not known */
    struct message_text_list texts; /* instead of the saved ones; NULL `at`: as saved */
};
struct message_preview_text {
    int kind;
    const char *locale; /* of the text; NULL: not known */
    struct opt_bool own;
    const char *subject, *message, *html;
    struct delivery_event *event;
    LIST_OF(struct delivery_ticket) tickets;
};

RECORD_OF(struct message_texts, message_texts_record);
RECORD_OF(struct message_texts, message_defaults_record);
RECORD_OF(struct message_preview, message_preview_record);
RECORD_OF(struct message_preview_text, message_preview_text_record);
