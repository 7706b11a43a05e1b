#include "db-svc/dead_letters/dead_letters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db-svc/dead_letters/resend.h"
#include "db-svc/dead_letters/view.h"
#include "db-svc/store/store.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"
#include "libshared/kafka/producer.h"

#define SEND_MS 4000
#define POLL_MS 100

struct dead_letters {
    struct letter_log *log;
    struct bus_producer *producer;
    struct store *store;
    uint64_t sent;                /* the tag of what was sent last */
    struct bus_delivery delivery; /* its report */
    bool delivered;
};

static void on_delivered(void *context, const struct bus_delivery *delivery)
{
    struct dead_letters *letters = context;
    if (delivery->tag != letters->sent)
        return; /* of one that was waited for long enough */
    letters->delivery = *delivery;
    letters->delivered = true;
}

int dead_letters_open(const struct bus_config *bus, const struct settings *settings,
                      struct dead_letters **ret_letters)
{
    struct dead_letters *letters = mem_new(NULL, struct dead_letters);
    const struct bus_producer_config config = {
        .message_timeout_ms = SEND_MS, .context = letters, .delivered = on_delivered};
    char error[STORE_ERROR_SIZE];
    int r = store_open(settings->mongo_uri, settings->mongo_db, error, &letters->store);
    if (r == 0)
        r = letter_log_open(bus, (int32_t)settings->kafka_partitions, &letters->log);
    if (r == 0)
        r = bus_producer_open(bus, &config, &letters->producer);
    if (r == 0)
        *ret_letters = letters;
    else
        dead_letters_close(letters);
    return r;
}

void dead_letters_close(struct dead_letters *letters)
{
    if (letters == NULL)
        return;
    bus_producer_close(letters->producer);
    letter_log_close(letters->log);
    store_close(letters->store);
    mem_free(letters);
}

/* --- Places --- */

static bool take_number(const char *text, char end, int64_t most, int64_t *ret_number,
                        const char **ret_rest)
{
    char *rest;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    const long long number = strtoll(text, &rest, 10);
    if (errno != 0 || *rest != end || number > most)
        return false;
    *ret_number = number;
    *ret_rest = rest + (end != '\0');
    return true;
}

bool dead_letters_place(const void *arena, const char *text, struct letter_place *ret_place)
{
    const char *slash = strchr(text, '/'), *rest;
    int64_t partition, offset;
    if (slash == NULL || !take_number(slash + 1, '/', INT32_MAX, &partition, &rest) ||
        !take_number(rest, '\0', INT64_MAX, &offset, &rest))
        return false;
    *ret_place = (struct letter_place){.topic = mem_strndup(arena, text, (size_t)(slash - text)),
                                       .partition = (int32_t)partition,
                                       .offset = offset};
    return true;
}

static const char *place_text(const void *arena, const struct letter_place *place)
{
    return mem_printf(arena, "%s/%" PRId32 "/%" PRId64, place->topic, place->partition,
                      place->offset);
}

/* --- Marks --- */

/* An offset is another letter's once a broker has come back empty. */
static const char *mark_id(const void *arena, const struct dead_letter *letter)
{
    return mem_printf(arena, "%s/%" PRId64 "/%" PRId64 "/%" PRId64, letter->topic,
                      letter->partition, letter->offset, letter->at);
}

static void show_mark(struct dead_letter *letter, const struct dead_letter_mark *mark)
{
    for (int status = DEAD_LETTER_RESENT; status <= DEAD_LETTER_DISCARDED; status++)
        if (mark->status != NULL && strcmp(mark->status, dead_letter_status_names[status]) == 0) {
            letter->status = (enum dead_letter_status)status;
            letter->status_at = (struct opt_time){.set = true, .ms = mark->at};
        }
}

static int load_marks(struct dead_letters *letters, void *arena, struct dead_letter *list, size_t n)
{
    const char **ids = mem_array(arena, const char *, n);
    struct dead_letter_mark *marks = mem_array(arena, struct dead_letter_mark, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = mark_id(arena, &list[i]);
    const int r = store_dead_letter_marks(letters->store, arena, ids, n, marks);
    for (size_t i = 0; i < n && r == 0; i++)
        show_mark(&list[i], &marks[i]);
    return r < 0 ? -EHOSTUNREACH : 0;
}

/* Kept a day longer than the letter, whose segment goes as a whole. */
static int mark(struct dead_letters *letters, void *arena, enum dead_letter_status status,
                int64_t now, struct dead_letter *letter)
{
    const struct dead_letter_mark done = {dead_letter_status_names[status], now};
    const struct topic_keeping *keeping = topic_keeping(TOPIC_DEAD_LETTERS);
    if (store_mark_dead_letter(letters->store, mark_id(arena, letter), &done,
                               letter->at + keeping->retention_ms + keeping->segment_ms) < 0)
        return -EHOSTUNREACH;
    show_mark(letter, &done);
    return 0;
}

/* --- Lists --- */

struct listing {
    void *arena;
    const struct dead_letter_query *query;
    struct dead_letter_page *page;
    size_t limit;
};

static bool is_wanted(const struct dead_letter_query *query, const struct dead_letter *letter)
{
    if (query->since.set && letter->at < query->since.ms)
        return false;
    if (query->before.set && letter->at >= query->before.ms)
        return false;
    return query->reason == NULL ||
           (letter->reason != NULL && strcasestr(letter->reason, query->reason) != NULL);
}

static bool add(void *context, const struct bus_message *message)
{
    struct listing *listing = context;
    struct dead_letter_page *page = listing->page;
    struct dead_letter letter;
    view_letter(listing->arena, message, false, &letter);
    if (is_wanted(listing->query, &letter)) {
        page->items = mem_grow(listing->arena, page->items, struct dead_letter, page->n + 1);
        page->items[page->n++] = letter;
    }
    return page->n < listing->limit;
}

static void keep_status(struct dead_letter_page *page, enum dead_letter_status status)
{
    size_t kept = 0;
    for (size_t i = 0; i < page->n; i++)
        if (status == DEAD_LETTER_UNSET || page->items[i].status == status)
            page->items[kept++] = page->items[i];
    page->n = kept;
}

static int away(int r)
{
    return r == -ENOENT ? r : -EHOSTUNREACH;
}

int dead_letters_list(struct dead_letters *letters, void *arena,
                      const struct dead_letter_query *query, struct dead_letter_page *ret_page)
{
    struct letter_place from = {0}, next = {0};
    *ret_page = (struct dead_letter_page){0};
    if (query->cursor != NULL &&
        (!dead_letters_place(arena, query->cursor, &from) || !letter_log_has(letters->log, &from)))
        return -EINVAL;
    struct listing listing = {.arena = arena,
                              .query = query,
                              .page = ret_page,
                              .limit = query->limit.set ? (size_t)query->limit.value
                                                        : DEAD_LETTER_LIMIT_DEFAULT};
    int r = letter_log_walk(letters->log, query->topic, &from, add, &listing, &next);
    if (r < 0)
        return away(r);
    r = load_marks(letters, arena, ret_page->items, ret_page->n);
    keep_status(ret_page, query->status);
    ret_page->next = next.topic != NULL ? place_text(arena, &next) : NULL;
    return r;
}

json_t *dead_letters_page_json(const struct dead_letter_page *page)
{
    json_t *items = json_array();
    for (size_t i = 0; i < page->n; i++)
        (void)json_array_append_new(items, record_json(&dead_letter_item_record, &page->items[i]));
    return json_pack("{soss?}", "items", items, "next", page->next);
}

/* --- One --- */

static int find(struct dead_letters *letters, const struct letter_place *place,
                struct bus_message *ret_letter)
{
    if (!letter_log_has(letters->log, place))
        return -ENOENT;
    const int r = letter_log_get(letters->log, place, ret_letter);
    return r < 0 ? away(r) : 0;
}

static int show(struct dead_letters *letters, void *arena, const struct bus_message *message,
                struct dead_letter *ret_letter)
{
    view_letter(arena, message, true, ret_letter);
    return load_marks(letters, arena, ret_letter, 1);
}

int dead_letters_get(struct dead_letters *letters, void *arena, const struct letter_place *place,
                     struct dead_letter *ret_letter)
{
    struct bus_message message;
    int r = find(letters, place, &message);
    if (r < 0)
        return r;
    r = show(letters, arena, &message, ret_letter);
    bus_message_free(&message);
    return r;
}

static int await(struct dead_letters *letters, int64_t until)
{
    while (!letters->delivered && clock_monotonic_ms() < until)
        (void)bus_producer_poll(letters->producer, POLL_MS);
    if (!letters->delivered)
        return -ETIMEDOUT;
    if (letters->delivery.error == -EMSGSIZE)
        return -EMSGSIZE;
    if (letters->delivery.error < 0)
        return letters->delivery.certainly_not_persisted ? -EHOSTUNREACH : -ETIMEDOUT;
    return 0;
}

static int send(struct dead_letters *letters, void *arena, const struct bus_message *message)
{
    struct bus_record record;
    resend_form(arena, message, &record);
    letters->delivered = false;
    record.tag = ++letters->sent;
    const int r = bus_producer_send(letters->producer, &record);
    if (r < 0)
        return r == -EMSGSIZE ? r : -EHOSTUNREACH;
    return await(letters, clock_monotonic_ms() + 2 * SEND_MS);
}

int dead_letters_resend(struct dead_letters *letters, void *arena, const struct letter_place *place,
                        int64_t now, struct dead_letter *ret_letter)
{
    struct bus_message message;
    int r = find(letters, place, &message);
    if (r < 0)
        return r;
    r = view_is_truncated(&message) ? -EBADMSG : show(letters, arena, &message, ret_letter);
    if (r == 0)
        r = send(letters, arena, &message);
    if (r == 0 && mark(letters, arena, DEAD_LETTER_RESENT, now, ret_letter) < 0)
        r = -ETIMEDOUT;
    bus_message_free(&message);
    if (r == 0)
        log_info("dead_letter.resent", LOG_STR("topic", place->topic),
                 LOG_INT("partition", place->partition), LOG_INT("offset", place->offset));
    return r;
}

int dead_letters_discard(struct dead_letters *letters, void *arena,
                         const struct letter_place *place, int64_t now,
                         struct dead_letter *ret_letter)
{
    int r = dead_letters_get(letters, arena, place, ret_letter);
    if (r < 0 || ret_letter->status == DEAD_LETTER_DISCARDED)
        return r;
    r = mark(letters, arena, DEAD_LETTER_DISCARDED, now, ret_letter);
    if (r == 0)
        log_info("dead_letter.discarded", LOG_STR("topic", place->topic),
                 LOG_INT("partition", place->partition), LOG_INT("offset", place->offset));
    return r;
}
