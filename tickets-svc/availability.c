#include "tickets-svc/availability.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <uthash.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/fact.h"
#include "libshared/contract/query.h"
#include "libshared/contract/ticket_type.h"

struct event_entry;

struct type_entry {
    char id[ID_SIZE];
    struct event_entry
        *event; /* NULL: heard of while a question is out, of which event is unsaid */
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
    int64_t version; /* 0: not described */
    int64_t capacity, sold, held, rev;
    bool counted; /* the line above is known */
    bool deleted; /* while a question is out, whose answer may still have it */
    UT_hash_handle hh;
};

struct event_entry {
    char id[ID_SIZE];
    bool published;
    int64_t version;
    bool learnt, asked, deleted;
    bool missed; /* facts, since the question that is out */
    bool gap;
    struct type_entry **types; /* by id, which is the order they were made in */
    size_t n;
    UT_hash_handle hh;
};

struct availability_table {
    availability_changed *changed;
    void *context;
    struct event_entry *events;
    struct type_entry *types;
    size_t asked; /* questions that are out */
    size_t loose; /* types without an event */
};

static int free_tables(struct availability_table *table)
{
    HASH_CLEAR(hh, table->events); /* uthash's buckets are malloc's */
    HASH_CLEAR(hh, table->types);
    return 0;
}

struct availability_table *availability_new(const void *arena, availability_changed *changed,
                                            void *context)
{
    struct availability_table *table = mem_new(arena, struct availability_table);
    table->changed = changed;
    table->context = context;
    talloc_set_destructor(table, free_tables);
    return table;
}

/* --- Entries --- */

static struct event_entry *find_event(const struct availability_table *table, const char *id,
                                      size_t size)
{
    struct event_entry *event;
    HASH_FIND(hh, table->events, id, size, event);
    return event;
}

static struct event_entry *event_of(const struct availability_table *table, const char *id)
{
    return find_event(table, id, strlen(id));
}

static struct type_entry *find_type(const struct availability_table *table, const char *id)
{
    struct type_entry *type;
    HASH_FIND_STR(table->types, id, type);
    return type;
}

static void copy_id(char out[ID_SIZE], const char *id)
{
    size_t size = strlen(id);
    memcpy(out, id, size < ID_SIZE ? size + 1 : ID_SIZE);
    out[ID_SIZE - 1] = '\0';
}

/* Where in its event a type of that id is, or would be. */
static size_t place_of(const struct event_entry *event, const char *id)
{
    size_t low = 0, high = event->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(event->types[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void attach(struct event_entry *event, struct type_entry *type)
{
    size_t at = place_of(event, type->id);
    event->types = mem_grow(event, event->types, struct type_entry *, event->n + 1);
    memmove(&event->types[at + 1], &event->types[at], (event->n - at) * sizeof *event->types);
    event->types[at] = type;
    event->n++;
    type->event = event;
}

static struct type_entry *add_type(struct availability_table *table, const char *id)
{
    struct type_entry *type = mem_new(table, struct type_entry);
    copy_id(type->id, id);
    HASH_ADD_STR(table->types, id, type);
    table->loose++;
    return type;
}

/* A type stays with the event that it was first heard of with. */
static struct type_entry *type_of(struct availability_table *table, struct event_entry *event,
                                  const char *id)
{
    struct type_entry *type = find_type(table, id);
    if (type == NULL)
        type = add_type(table, id);
    if (type->event == NULL) {
        attach(event, type);
        table->loose--;
    }
    return type;
}

static void free_type(struct availability_table *table, struct type_entry *type)
{
    HASH_DEL(table->types, type);
    mem_free(type);
}

static void remove_type(struct availability_table *table, struct event_entry *event, size_t at)
{
    free_type(table, event->types[at]);
    event->n--;
    memmove(&event->types[at], &event->types[at + 1], (event->n - at) * sizeof *event->types);
}

static void remove_types(struct availability_table *table, struct event_entry *event,
                         bool (*unwanted)(const struct type_entry *type))
{
    for (size_t at = event->n; at-- > 0;)
        if (unwanted(event->types[at]))
            remove_type(table, event, at);
}

static bool is_deleted(const struct type_entry *type)
{
    return type->deleted;
}

static bool is_undescribed(const struct type_entry *type)
{
    return type->version == 0 || !type->counted;
}

static bool is_any(const struct type_entry *type)
{
    (void)type;
    return true;
}

static void remove_event(struct availability_table *table, struct event_entry *event)
{
    remove_types(table, event, is_any);
    HASH_DEL(table->events, event);
    mem_free(event);
}

/* --- What is newer stays --- */

static bool set_level(struct type_entry *type, const struct stock_level *level)
{
    if (type->counted && level->rev <= type->rev)
        return false;
    type->capacity = level->capacity;
    type->sold = level->sold;
    type->held = level->held;
    type->rev = level->rev;
    type->counted = true;
    return true;
}

struct description {
    int64_t version;
    const char *type, *name;
    struct money price;
    struct opt_time sales_start, sales_end;
};

static void set_text(const struct type_entry *type, const char **text, const char *to)
{
    mem_free((void *)*text);
    *text = mem_strdup(type, to != NULL ? to : "");
}

static bool describe(struct type_entry *type, const struct description *description)
{
    if (description->version <= type->version)
        return false;
    type->version = description->version;
    set_text(type, &type->type, description->type);
    set_text(type, &type->name, description->name);
    type->price = description->price;
    type->sales_start = description->sales_start;
    type->sales_end = description->sales_end;
    return true;
}

static bool set_status(struct event_entry *event, int64_t version, const char *status)
{
    if (version <= event->version || status == NULL)
        return false;
    event->version = version;
    event->published = strcmp(status, record_enum_text(event_status_names, EVENT_PUBLISHED)) == 0;
    return true;
}

/* --- Reading --- */

/* Without the members that a later db-svc may add. */
static json_t *known_members(const struct record *record, const json_t *object)
{
    json_t *known = json_object();
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        json_t *value = json_object_get(object, field->name);
        if (value == NULL)
            continue;
        if (field->of == NULL || !json_is_array(value)) {
            (void)json_object_set(known, field->name, value);
            continue;
        }
        json_t *list = json_array(), *item;
        size_t n;
        json_array_foreach(value, n, item)(void)
            json_array_append_new(list, known_members(field->of, item));
        (void)json_object_set_new(known, field->name, list);
    }
    return known;
}

static int read(void *arena, const struct record *record, const json_t *json, void *ret)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    json_t *known = known_members(record, json);
    bool well = record_decode(&decoder, record, known, ret);
    json_decref(known);
    return well ? 0 : -EBADMSG;
}

/* --- Questions --- */

bool availability_known(const struct availability_table *table, const char *event_id,
                        const char *ticket_type_id)
{
    const struct event_entry *event = event_of(table, event_id);
    if (event == NULL || !event->learnt || event->deleted)
        return false;
    if (ticket_type_id == NULL)
        return true;
    const struct type_entry *type = find_type(table, ticket_type_id);
    return type != NULL && type->event == event && !type->deleted && !is_undescribed(type);
}

bool availability_follows(const struct availability_table *table, const char *event_id, size_t size)
{
    return find_event(table, event_id, size) != NULL;
}

/* What facts told of a type without describing it is older than the question, and so part of the
 * answer, if it is still true. */
void availability_ask(struct availability_table *table, const char *event_id)
{
    struct event_entry *event = event_of(table, event_id);
    if (event == NULL) {
        event = mem_new(table, struct event_entry);
        copy_id(event->id, event_id);
        HASH_ADD_STR(table->events, id, event);
    }
    remove_types(table, event, is_undescribed);
    event->gap = false;
    event->missed = false;
    event->asked = true;
    table->asked++;
}

bool availability_asked(const struct availability_table *table, const char *event_id)
{
    const struct event_entry *event = event_of(table, event_id);
    return event != NULL && event->asked;
}

static void remove_loose(struct availability_table *table)
{
    struct type_entry *type, *next;
    HASH_ITER (hh, table->types, type, next)
        if (type->event == NULL)
            free_type(table, type);
    table->loose = 0;
}

static void end_question(struct availability_table *table, struct event_entry *event)
{
    event->asked = false;
    table->asked--;
    remove_types(table, event, is_deleted);
    if (event->deleted || !event->learnt)
        remove_event(table, event);
    if (table->asked == 0 && table->loose > 0)
        remove_loose(table);
}

static void take_item(struct availability_table *table, struct event_entry *event,
                      const struct availability_item *item)
{
    if (item->ticket_type_id == NULL)
        return;
    struct type_entry *type = type_of(table, event, item->ticket_type_id);
    (void)set_level(type, &(struct stock_level){.capacity = item->capacity,
                                                .sold = item->sold,
                                                .held = item->held,
                                                .rev = item->rev.value});
    (void)describe(type, &(struct description){.version = item->version.value,
                                               .type = item->type,
                                               .name = item->name,
                                               .price = item->price,
                                               .sales_start = item->sales_start,
                                               .sales_end = item->sales_end});
}

static bool has_undescribed(const struct event_entry *event)
{
    for (size_t i = 0; i < event->n; i++)
        if (!event->types[i]->deleted && is_undescribed(event->types[i]))
            return true;
    return false;
}

static void take_answer(struct availability_table *table, struct event_entry *event,
                        const struct availability *answer)
{
    (void)set_status(event, answer->version.value, answer->status);
    for (size_t i = 0; i < answer->items.n; i++)
        take_item(table, event, &answer->items.at[i]);
    event->learnt = true;
    event->gap |= has_undescribed(event);
}

int availability_answer(struct availability_table *table, const char *event_id,
                        const json_t *answer)
{
    struct event_entry *event = event_of(table, event_id);
    if (event == NULL || !event->asked)
        return 0;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct availability read_answer;
    int r = 0;
    if (answer == NULL)
        event->deleted = true;
    else if (!event->missed && (r = read(arena, &availability_record, answer, &read_answer)) == 0)
        take_answer(table, event, &read_answer);
    end_question(table, event);
    table->changed(table->context, event_id);
    return r;
}

void availability_no_answer(struct availability_table *table, const char *event_id)
{
    struct event_entry *event = event_of(table, event_id);
    if (event == NULL || !event->asked)
        return;
    event->gap = event->learnt; /* it may have been about one */
    end_question(table, event);
}

const char *availability_gap(const struct availability_table *table)
{
    for (const struct event_entry *event = table->events; event != NULL; event = event->hh.next)
        if (event->gap && !event->asked)
            return event->id;
    return NULL;
}

void availability_forget(struct availability_table *table)
{
    struct event_entry *event, *next;
    HASH_ITER (hh, table->events, event, next) {
        if (!event->asked) {
            remove_event(table, event);
            continue;
        }
        remove_types(table, event, is_any);
        event->learnt = false;
        event->version = 0;
        event->missed = true;
    }
}

/* --- Facts --- */

static bool delete_type(struct availability_table *table, struct event_entry *event, const char *id)
{
    struct type_entry *type = type_of(table, event, id);
    bool shown = !type->deleted && !is_undescribed(type);
    type->deleted = true;
    if (!event->asked)
        remove_types(table, event, is_deleted);
    return shown;
}

static bool take_levels(struct availability_table *table, struct event_entry *event,
                        const struct fact_body *fact)
{
    bool moved = false;
    for (size_t i = 0; i < fact->stock.n; i++) {
        const struct stock_level *level = &fact->stock.at[i];
        struct type_entry *type = type_of(table, event, level->ticket_type_id);
        moved |= set_level(type, level);
    }
    return moved;
}

static bool take_description(struct availability_table *table, struct event_entry *event,
                             const struct fact_body *fact)
{
    if (fact->ticket_type_id == NULL || !fact->version.set) {
        event->gap = true;
        return false;
    }
    struct type_entry *type = type_of(table, event, fact->ticket_type_id);
    return describe(type, &(struct description){.version = fact->version.value,
                                                .type = fact->type,
                                                .name = fact->name,
                                                .price = fact->price,
                                                .sales_start = fact->sales_start,
                                                .sales_end = fact->sales_end});
}

static bool take_status(struct event_entry *event, const struct fact_body *fact)
{
    event->gap |= !fact->version.set;
    return set_status(event, fact->version.value, fact->status);
}

static bool take_fact(struct availability_table *table, struct event_entry *event, const char *type,
                      const struct fact_body *fact)
{
    bool moved = take_levels(table, event, fact);
    if (strcmp(type, "ticket_type.deleted") == 0)
        return fact->ticket_type_id != NULL && delete_type(table, event, fact->ticket_type_id);
    if (strncmp(type, "ticket_type.", strlen("ticket_type.")) == 0)
        return take_description(table, event, fact) || moved;
    if (strcmp(type, "event.deleted") == 0)
        return event->deleted = true;
    if (strncmp(type, "event.", strlen("event.")) == 0)
        return take_status(event, fact);
    return moved;
}

int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body)
{
    struct event_entry *event = event_of(table, event_id);
    if (event == NULL)
        return 0;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct fact_body fact;
    int r = read(arena, &fact_record, body, &fact);
    if (r < 0) {
        event->gap = true;
        return r;
    }
    bool changed = take_fact(table, event, type, &fact) && event->learnt;
    event->gap |= event->learnt && has_undescribed(event);
    if (event->deleted && !event->asked)
        remove_event(table, event);
    if (changed)
        table->changed(table->context, event_id);
    return 0;
}

/* Of one type. An event that is asked for may be the one whose type this is. */
static struct event_entry *take_reply_level(struct availability_table *table,
                                            const struct stock_level *level)
{
    struct type_entry *type = find_type(table, level->ticket_type_id);
    if (type == NULL && table->asked > 0)
        type = add_type(table, level->ticket_type_id);
    bool moved = type != NULL && set_level(type, level);
    return moved && type->event != NULL && type->event->learnt ? type->event : NULL;
}

/* A reply is about one event. */
void availability_stock(struct availability_table *table, const json_t *levels)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct event_entry *changed = NULL;
    const json_t *item;
    size_t i;
    json_array_foreach(levels, i, item)
    {
        struct stock_level level;
        if (read(arena, &stock_level_record, item, &level) < 0)
            continue;
        const struct event_entry *event = take_reply_level(table, &level);
        changed = event != NULL ? event : changed;
    }
    if (changed != NULL)
        table->changed(table->context, changed->id);
}

/* --- Showing --- */

/* Whether it is the time to buy, be there any left or not. */
static bool on_sale(const struct event_entry *event, const struct type_entry *type, int64_t now)
{
    return event->published && (!type->sales_start.set || type->sales_start.ms <= now) &&
           (!type->sales_end.set || now < type->sales_end.ms);
}

static struct availability_item item_of(const struct event_entry *event,
                                        const struct type_entry *type, int64_t now)
{
    return (struct availability_item){.ticket_type_id = type->id,
                                      .type = type->type,
                                      .name = type->name,
                                      .price = type->price,
                                      .on_sale = on_sale(event, type, now),
                                      .capacity = type->capacity,
                                      .sold = type->sold,
                                      .held = type->held,
                                      .available = type->capacity - type->sold - type->held};
}

static void make_tag(const char *text, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    uint8_t hash[(AVAILABILITY_TAG_SIZE - 1) / 2];
    const char *content = strstr(text, "\"items\"");
    (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)content, strlen(content), NULL, 0);
    text_hex(ret_tag, hash, sizeof hash);
}

const char *availability_text(const struct availability_table *table, const void *arena,
                              const char *event_id, const char *ticket_type_id, int64_t now,
                              int64_t as_of, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    if (!availability_known(table, event_id, ticket_type_id))
        return NULL;
    const struct event_entry *event = event_of(table, event_id);
    struct availability shown = {.event_id = event->id, .as_of = as_of};
    _cleanup_(mem_freep) void *items = mem_array(NULL, struct availability_item, event->n + 1);
    shown.items.at = items;
    for (size_t i = 0; i < event->n; i++) {
        const struct type_entry *type = event->types[i];
        if (!type->deleted && !is_undescribed(type) &&
            (ticket_type_id == NULL || strcmp(type->id, ticket_type_id) == 0))
            shown.items.at[shown.items.n++] = item_of(event, type, now);
    }
    const char *text = record_text(arena, &availability_record, &shown);
    make_tag(text, ret_tag);
    return text;
}
