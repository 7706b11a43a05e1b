/* Many random histories of one event: whatever comes in whichever order, what is shown comes to be
 * what the database has. */
#include "tickets-svc/availability.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"

enum { RUNS = 400, STEPS = 300, TYPES = 3, SAVED = 4, MESSAGES = 2 * STEPS };

struct type {
    int id; /* 0: there is none */
    int version, rev, capacity, sold;
    bool pooled;
};

/* What there is; copied when it is backed up. */
struct database {
    int epoch, version;
    bool published;
    int pool_rev, pool_capacity;
    struct type types[TYPES];
};

struct message {
    const char *type; /* NULL: a reply's stock */
    char *body;
};

/* Read in order, at some time. */
struct topic {
    struct message messages[MESSAGES];
    int written, read;
};

static struct {
    struct followed followed;
    unsigned seed;
    struct database now, saved[SAVED];
    struct topic events, tickets, replies;
    int last_id;
    bool asked;
    char *answer; /* that is on its way; NULL: the database has not been read yet */
} t;

static int draw(int n)
{
    t.seed = t.seed * 1664525U + 1013904223U;
    return (int)(t.seed >> 8) % n;
}

/* --- The database --- */

static int pool_sold(void)
{
    int sold = 0;
    for (int i = 0; i < TYPES; i++)
        sold += t.now.types[i].id != 0 && t.now.types[i].pooled ? t.now.types[i].sold : 0;
    return sold;
}

static char *id_of(const struct type *type)
{
    return mem_printf(t.followed.arena, "tkttype_01jz3w4v9he8qb2m5x%08d", type->id);
}

static char *pool_text(void)
{
    return mem_printf(t.followed.arena,
                      "{'name':'floor','capacity':%d,'sold':%d,'held':0,'rev':%d}",
                      t.now.pool_capacity, pool_sold(), t.now.pool_rev);
}

static char *level_text(const struct type *type)
{
    return mem_printf(t.followed.arena,
                      "{'epoch':%d,'ticket_type_id':'%s','capacity':%d,'sold':%d,'held':0,'rev':%d"
                      "%s%s}",
                      t.now.epoch, id_of(type), type->capacity, type->sold, type->rev,
                      type->pooled ? ",'pool':" : "", type->pooled ? pool_text() : "");
}

static char *description_text(const struct type *type)
{
    return mem_printf(t.followed.arena,
                      "'version':%d,'type':'general','name':'version %d',"
                      "'price':{'amount':1,'currency':'EUR'}",
                      type->version, type->version);
}

static char *item_text(const struct type *type)
{
    return mem_printf(t.followed.arena,
                      "{'ticket_type_id':'%s',%s,'capacity':%d,'sold':%d,'held':0,'rev':%d%s}",
                      id_of(type), description_text(type), type->capacity, type->sold, type->rev,
                      type->pooled ? ",'pool':'floor'" : "");
}

static char *answer_text(void)
{
    char *items = mem_strdup(t.followed.arena, "");
    for (int i = 0; i < TYPES; i++)
        if (t.now.types[i].id != 0)
            items = mem_printf(t.followed.arena, "%s%s%s", items, *items != '\0' ? "," : "",
                               item_text(&t.now.types[i]));
    return mem_printf(t.followed.arena,
                      "{'epoch':%d,'status':'%s','version':%d,'items':[%s],'pools':[%s]}",
                      t.now.epoch, t.now.published ? "published" : "postponed", t.now.version,
                      items, pool_text());
}

/* --- What happens --- */

static void write(struct topic *topic, const char *type, char *body)
{
    ck_assert_int_lt(topic->written, MESSAGES);
    topic->messages[topic->written++] = (struct message){type, body};
}

static void tell_of(const struct type *type, const char *fact, const char *more)
{
    write(&t.tickets, fact,
          mem_printf(t.followed.arena, "{'epoch':%d,'ticket_type_id':'%s'%s%s,'stock':[%s]}",
                     t.now.epoch, id_of(type), *more != '\0' ? "," : "", more, level_text(type)));
}

static struct type *any_type(void)
{
    return &t.now.types[draw(TYPES)];
}

static void sell(void)
{
    struct type *type = any_type();
    if (type->id == 0)
        return;
    type->sold += type->sold == 0 || draw(4) > 0 ? 1 : -1;
    type->rev++;
    t.now.pool_rev += type->pooled;
    tell_of(type, "order.placed", "");
    if (draw(2) == 0)
        write(&t.replies, NULL, mem_printf(t.followed.arena, "[%s]", level_text(type)));
}

static void edit_type(void)
{
    struct type *type = any_type();
    if (type->id == 0) {
        *type = (struct type){.id = ++t.last_id, .version = 1, .rev = 1, .capacity = 500};
        tell_of(type, "ticket_type.created", description_text(type));
        return;
    }
    type->version++;
    if (draw(2) == 0) {
        type->rev++;
        type->capacity++;
        if (type->sold == 0 || type->pooled) {
            t.now.pool_rev++;
            type->pooled = true;
        }
    }
    tell_of(type, "ticket_type.updated", description_text(type));
}

static void delete_type(void)
{
    struct type *type = any_type();
    if (type->id == 0 || type->sold > 0)
        return;
    write(&t.tickets, "ticket_type.deleted",
          mem_printf(t.followed.arena, "{'epoch':%d,'ticket_type_id':'%s'}", t.now.epoch,
                     id_of(type)));
    *type = (struct type){0};
}

static void edit_event(void)
{
    t.now.version++;
    t.now.published = !t.now.published;
    if (draw(2) == 0) {
        t.now.pool_capacity++;
        t.now.pool_rev++;
    }
    write(&t.events, "event.updated",
          mem_printf(t.followed.arena, "{'epoch':%d,'status':'%s','version':%d,'pools':[%s]}",
                     t.now.epoch, t.now.published ? "published" : "postponed", t.now.version,
                     pool_text()));
}

/* Back to a backup: its numbers, in an epoch of its own. */
static void set_back(void)
{
    int epoch = t.now.epoch;
    t.now = t.saved[draw(SAVED)];
    t.now.epoch = epoch + 1;
}

/* --- What others write --- */

static void forge(void)
{
    struct database truth = t.now;
    struct type *type = any_type();
    int far = 1 << draw(24);
    t.now.epoch += draw(3) == 0 ? far : 0;
    type->id += draw(8) == 0;
    type->rev += draw(2) * far;
    type->version += draw(2) * far;
    type->sold += 7;
    t.now.version += draw(2) * far;
    t.now.pool_rev += draw(2) * far;
    t.now.published = false;
    switch (draw(6)) {
    case 0:
        tell_of(type, "ticket_type.updated", description_text(type));
        break;
    case 1:
        delete_type();
        break;
    case 2:
        edit_event();
        break;
    case 3:
        write(&t.tickets, "order.placed", mem_strdup(t.followed.arena, "{'stock':7}"));
        break;
    default:
        tell_of(type, "order.placed", "");
    }
    t.now = truth;
}

/* --- What is read --- */

static void read_next(struct topic *topic)
{
    if (topic->read == topic->written)
        return;
    const struct message *message = &topic->messages[topic->read++];
    if (message->type == NULL)
        followed_reply(&t.followed, message->body);
    else
        (void)followed_fact(&t.followed, message->type, message->body);
}

static void ask(void)
{
    followed_ask(&t.followed);
    t.asked = true;
    t.answer = NULL;
}

static void get_on_with_question(void)
{
    if (!t.asked)
        return;
    if (draw(10) == 0) {
        availability_no_answer(t.followed.table, EVENT_ID);
        t.asked = false;
    } else if (t.answer == NULL) {
        t.answer = answer_text();
    } else {
        ck_assert_int_eq(followed_answer(&t.followed, t.answer), 0);
        t.asked = false;
    }
}

static bool is_due(void)
{
    return !t.asked && availability_gap(t.followed.table, t.followed.now_ms) != NULL;
}

static void look(void)
{
    t.followed.now_ms += draw(700);
    if (is_due() ||
        (!t.asked && availability_read(t.followed.table, EVENT_ID, t.followed.now_ms)) ||
        (!t.asked && draw(20) == 0))
        ask();
}

/* --- A history --- */

static void step(bool honest)
{
    static void (*const happen[])(void) = {sell,        sell,       sell, sell,
                                           edit_type,   edit_event, look, get_on_with_question,
                                           delete_type, sell};
    if (!honest && draw(12) == 0)
        forge();
    if (!honest && draw(60) == 0)
        set_back();
    if (draw(15) == 0)
        t.saved[draw(SAVED)] = t.now;
    happen[draw(sizeof happen / sizeof *happen)]();
    for (int i = draw(3); i > 0; i--)
        read_next(&t.tickets);
    for (int i = draw(2); i > 0; i--)
        read_next(&t.events);
    for (int i = draw(2); i > 0; i--)
        read_next(&t.replies);
}

static void read_all(struct topic *topic)
{
    while (topic->read < topic->written)
        read_next(topic);
}

static void be_quiet(void)
{
    read_all(&t.replies);
    read_all(&t.tickets);
    read_all(&t.events);
    while (t.asked)
        get_on_with_question();
}

static void ask_and_answer(void)
{
    ask();
    ck_assert_int_eq(followed_answer(&t.followed, answer_text()), 0);
    t.asked = false;
}

/* What it asks by itself when nothing happens any more. */
static int close_gaps(void)
{
    int questions = 0;
    for (int i = 0; i < 100; i++) {
        t.followed.now_ms += 1000;
        if (is_due()) {
            ask_and_answer();
            questions++;
        }
    }
    return questions;
}

/* As the database has it, put through a table of its own. */
static char *true_tag(void)
{
    struct followed fresh;
    followed_open(&fresh);
    followed_ask(&fresh);
    ck_assert_int_eq(followed_answer(&fresh, answer_text()), 0);
    json_decref(followed_shown(&fresh, NULL, FOLLOWED_NOW));
    char *tag = mem_strdup(t.followed.arena, fresh.tag);
    followed_close(&fresh);
    return tag;
}

static void shows_the_truth(unsigned run)
{
    json_t *shown = followed_shown(&t.followed, NULL, FOLLOWED_NOW);
    char *text = json_dumps(shown, JSON_COMPACT);
    ck_assert_msg(strcmp(t.followed.tag, true_tag()) == 0, "run %u: shown %s, in fact %s", run,
                  text, answer_text());
    free(text);
    json_decref(shown);
}

static void open_run(unsigned run)
{
    memset(&t, 0, sizeof t);
    t.seed = run;
    followed_open(&t.followed);
    t.now = (struct database){
        .epoch = draw(2), .version = 1, .published = true, .pool_rev = 1, .pool_capacity = 900};
    for (int i = 0; i < SAVED; i++)
        t.saved[i] = t.now;
    ask();
}

START_TEST(the_view_comes_to_be_what_the_database_has)
{
    for (unsigned run = 0; run < RUNS; run++) {
        open_run(run);
        for (int i = 0; i < STEPS; i++)
            step(false);
        be_quiet();
        ask_and_answer();
        shows_the_truth(run);
        ck_assert_msg(close_gaps() <= 1, "run %u: it asks for ever", run);
        shows_the_truth(run);
        followed_close(&t.followed);
    }
}
END_TEST

/* Nothing forged and nothing set back: a question is needed only for what it asks by itself. */
START_TEST(facts_alone_keep_the_view_right)
{
    for (unsigned run = 0; run < RUNS; run++) {
        open_run(run);
        be_quiet();
        ask_and_answer();
        for (int i = 0; i < STEPS; i++)
            step(true);
        be_quiet();
        ck_assert_msg(close_gaps() <= 1, "run %u: it asks for ever", run);
        shows_the_truth(run);
        followed_close(&t.followed);
    }
}
END_TEST

CHECK_MAIN("availability_random", the_view_comes_to_be_what_the_database_has,
           facts_alone_keep_the_view_right)
