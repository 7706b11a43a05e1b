#include "tickets-svc/questions.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "libshared/contract/topic.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define GAPS_AT_ONCE 64 /* questions out that nobody waits for */

struct waiter {
    fact_follower_done *done;
    void *context;
    STAILQ_ENTRY(waiter) link;
};

struct question {
    struct questions *owner;
    char event_id[ID_SIZE];
    bool of_gap;
    STAILQ_HEAD(, waiter) waiters;
    UT_hash_handle hh;
};

struct questions {
    struct questions_config config;
    struct question *out; /* by event */
    size_t gaps;          /* of those out */
};

static int free_table(struct questions *questions)
{
    HASH_CLEAR(hh, questions->out); /* uthash's buckets are malloc's */
    return 0;
}

struct questions *questions_new(const void *arena, const struct questions_config *config)
{
    struct questions *questions = mem_new(arena, struct questions);
    questions->config = *config;
    talloc_set_destructor(questions, free_table);
    return questions;
}

static enum question_outcome take_answer(const struct question *question, const struct reply *reply)
{
    struct availability_table *table = question->owner->config.table;
    const char *event_id = question->event_id;
    bool answered = reply->outcome == REPLY_ANSWERED;
    if (answered && reply->status == 404)
        return availability_answer(table, event_id, NULL) == 0 ? QUESTION_NO_EVENT
                                                               : QUESTION_UNANSWERED;
    json_t *answer = answered && reply->status == 200
                         ? json_loadb(reply->body, reply->body_size, 0, NULL)
                         : NULL;
    if (answer == NULL) {
        availability_no_answer(table, event_id);
        return QUESTION_UNANSWERED;
    }
    int r = availability_answer(table, event_id, answer);
    json_decref(answer);
    return r == 0 ? QUESTION_ANSWERED : QUESTION_UNANSWERED;
}

static void on_reply(void *context, const struct reply *reply)
{
    struct question *question = context;
    struct questions *questions = question->owner;
    enum question_outcome outcome = take_answer(question, reply);
    HASH_DEL(questions->out, question);
    questions->gaps -= question->of_gap;
    struct waiter *waiter;
    STAILQ_FOREACH (waiter, &question->waiters, link)
        waiter->done(waiter->context, outcome);
    mem_free(question);
}

static struct question *find_question(const struct questions *questions, const char *event_id)
{
    struct question *question;
    HASH_FIND_STR(questions->out, event_id, question);
    return question;
}

static struct question *add_question(struct questions *questions, const char *event_id)
{
    struct question *question = mem_new(questions, struct question);
    question->owner = questions;
    strcpy(question->event_id, event_id);
    STAILQ_INIT(&question->waiters);
    HASH_ADD_STR(questions->out, event_id, question);
    return question;
}

static void add_waiter(struct question *question, fact_follower_done *done, void *context)
{
    if (done == NULL)
        return;
    struct waiter *waiter = mem_new(question, struct waiter);
    *waiter = (struct waiter){.done = done, .context = context};
    STAILQ_INSERT_TAIL(&question->waiters, waiter, link);
}

static void send(struct question *question)
{
    const struct questions_config *config = &question->owner->config;
    const struct clock_time *now = loop_now(config->loop);
    uint8_t random[16];
    char id[UUID_SIZE];
    randombytes_buf(random, sizeof random);
    id_uuid(id, random);
    static const char type[] = "availability.get";
    const struct command_body asked = {.command = command_find(type),
                                       .ids = {[ID_EVENT] = question->event_id}};
    _cleanup_(mem_freep) const char *body = command_text(NULL, &asked);
    availability_ask(config->table, question->event_id, now->monotonic_ms);
    replies_request(config->replies,
                    &(struct replies_request){.topic = topic_name(MODULE_TICKETS, TOPIC_QUERIES),
                                              .type = type,
                                              .id = id,
                                              .body = body,
                                              .body_size = strlen(body),
                                              .done = on_reply,
                                              .context = question},
                    now->monotonic_ms, now->wall_ms);
}

void questions_ask(struct questions *questions, const char *event_id, fact_follower_done *done,
                   void *context)
{
    struct question *question = find_question(questions, event_id);
    if (question != NULL) {
        add_waiter(question, done, context);
        return;
    }
    question = add_question(questions, event_id);
    add_waiter(question, done, context);
    send(question);
}

void questions_close_gaps(struct questions *questions)
{
    const struct questions_config *config = &questions->config;
    const char *event_id;
    while (questions->gaps < GAPS_AT_ONCE &&
           (event_id = availability_gap(config->table, loop_now(config->loop)->monotonic_ms)) !=
               NULL) {
        struct question *question = add_question(questions, event_id);
        question->of_gap = true;
        questions->gaps++;
        send(question);
    }
}
