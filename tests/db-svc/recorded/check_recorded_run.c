/* A fixed script of commands, and all that comes of it: answers, stored records, messages.
 *
 * Time and entropy are passed in, so two builds that do the same print the same: `make
 * recorded-run` prints it, to be compared with diff. What a command causes is run behind it, and
 * what is offered to be sent is claimed and reported. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "libshared/contract/self_service.h"
#include "tests/db-svc/recorded/script.h"
#include "tests/support/scenario.h"

#define LABELS_MAX 2000
#define CAUSED_MAX 2000 /* commands that follow from one */

struct label {
    const char *name;
    json_t *body; /* owned by the scenario, but for an offer's */
    bool offer;
};

struct caused {
    const char *type, *body;
};

static struct {
    struct scenario scenario;
    FILE *out;
    char *text;
    size_t size;
    struct label labels[LABELS_MAX];
    size_t n_labels;
    struct caused caused[CAUSED_MAX];
    size_t n_caused, next_caused;
    unsigned offers;
    const char *last[100]; /* changed, by the place among collections[] */
    bool ran[200];         /* by the place among commands[] */
} run;

/* ---- printing */

static void print_json(const char *mark, const char *of, const json_t *value)
{
    char *text = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    (void)fprintf(run.out, "%s %s %s\n", mark, of, text != NULL ? text : "");
    free(text);
}

static void print_text(const char *mark, const char *of, const char *body)
{
    json_t *value = json_loads(body, JSON_DECODE_ANY, NULL);
    print_json(mark, of, value);
    json_decref(value);
}

/* As it is stored. */
static void print_change(const struct store_change *change)
{
    const char *of = mem_printf(run.scenario.arena, "%s %s", change->collection->name, change->id);
    struct json_sink sink;
    if (change->record == NULL) {
        (void)fprintf(run.out, "- %s\n", of);
        return;
    }
    json_sink_open(&sink);
    record_write(change->collection->record, change->record, RECORD_STORE, &sink.sink);
    json_t *value = json_sink_close(&sink);
    print_json("+", of, value);
    json_decref(value);
}

static int by_text(const void *one, const void *other)
{
    const struct store_change *const *a = one, *const *b = other;
    int order = strcmp((*a)->collection->name, (*b)->collection->name);
    return order != 0 ? order : strcmp((*a)->id, (*b)->id);
}

static void print_changes(void)
{
    const struct scenario *scenario = &run.scenario;
    const struct store_change **sorted =
        mem_array(scenario->arena, const struct store_change *, scenario->n_changes + 1);
    for (size_t i = 0; i < scenario->n_changes; i++)
        sorted[i] = &scenario->changes[i];
    qsort(sorted, scenario->n_changes, sizeof *sorted, by_text);
    for (size_t i = 0; i < scenario->n_changes; i++) {
        print_change(sorted[i]);
        for (size_t k = 0; collections[k] != NULL; k++)
            if (collections[k] == sorted[i]->collection)
                run.last[k] = mem_strdup(scenario->arena, sorted[i]->id);
    }
}

static void print_outcome(void)
{
    const struct decision_result *result = &run.scenario.result;
    const char *status = mem_printf(run.scenario.arena, "%d", result->answer.status);
    print_text("<", status, *result->answer.body != '\0' ? result->answer.body : "null");
    if (result->stock != NULL)
        print_text("=", "stock", result->stock);
    for (size_t i = 0; i < result->n_about; i++)
        (void)fprintf(run.out, "= about %s\n", result->about[i]);
    for (size_t i = 0; i < result->n_forgotten; i++)
        (void)fprintf(run.out, "= forgotten %s\n", result->forgotten[i]);
    print_changes();
    for (size_t i = 0; i < result->n_outgoing; i++) {
        const struct outgoing *message = &result->outgoing[i];
        print_text("~",
                   mem_printf(run.scenario.arena, "%s %s %s %s", message->topic, message->key,
                              message->type, message->id),
                   message->body);
    }
}

/* ---- what follows */

static void cause(const char *type, const char *body)
{
    ck_assert_uint_lt(run.n_caused, CAUSED_MAX);
    run.caused[run.n_caused++] = (struct caused){type, body};
}

static void name_it(const char *name, json_t *body)
{
    for (size_t i = 0; i < run.n_labels; i++)
        if (strcmp(run.labels[i].name, name) == 0) {
            run.labels[i].body = body;
            return;
        }
    ck_assert_uint_lt(run.n_labels, LABELS_MAX);
    run.labels[run.n_labels++] = (struct label){.name = name, .body = body};
}

static const char *text_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static const char *report(const json_t *offer, const char *more)
{
    return mem_printf(run.scenario.arena,
                      "{'event_id':'%s','delivery_id':'%s','attempt':%lld,'claim':'host:1#%u',%s}",
                      text_in(offer, "event_id"), text_in(offer, "delivery_id"),
                      (long long)json_integer_value(json_object_get(offer, "attempt")), run.offers,
                      more);
}

static void cause_bulk(const json_t *offer, const char *more)
{
    cause("delivery.record_bulk",
          mem_printf(run.scenario.arena,
                     "{'event_id':'%s','reports':[{'delivery_id':'%s','attempt':%lld,"
                     "'claim':'host:1#%u',%s}]}",
                     text_in(offer, "event_id"), text_in(offer, "delivery_id"),
                     (long long)json_integer_value(json_object_get(offer, "attempt")), run.offers,
                     more));
}

/* In turn they arrive, fail, are to be tried again, and arrive by way of a bulk. */
static void report_sending(const json_t *offer)
{
    static const char claimed[] = "'status':'sending','sender':'office@example.org'";
    static const char *const ends[] = {"'status':'sent','provider_id':'message-1@example.org'",
                                       "'status':'failed','error':'smtp_550'",
                                       "'status':'queued','error':'smtp_451'", "'status':'sent'"};
    unsigned way = run.offers++ % 4;
    if (way == 3) {
        cause_bulk(offer, claimed);
        cause_bulk(offer, ends[way]);
    } else {
        cause("delivery.record", report(offer, claimed));
        cause("delivery.record", report(offer, ends[way]));
    }
}

static void take_offer(const struct outgoing *message)
{
    const char *name = mem_printf(run.scenario.arena, "offer%u", run.offers);
    json_t *offer = json_loads(message->body, 0, NULL);
    ck_assert_uint_lt(run.n_labels, LABELS_MAX);
    run.labels[run.n_labels++] = (struct label){.name = name, .body = offer, .offer = true};
    report_sending(offer);
}

static void follow(void)
{
    const struct decision_result *result = &run.scenario.result;
    for (size_t i = 0; i < result->n_outgoing; i++) {
        const struct outgoing *message = &result->outgoing[i];
        if (strstr(message->topic, ".commands") != NULL)
            cause(message->type, mem_strdup(run.scenario.arena, message->body));
        else if (strcmp(message->type, "delivery.offered") == 0)
            take_offer(message);
    }
}

static void decide(const char *type, const char *body)
{
    (void)fprintf(run.out, "> %s %s\n", type, body);
    scenario_when(&run.scenario, type, "%s", body);
    run.ran[command_find(type) - commands] = true;
    print_outcome();
    follow();
}

static void decide_caused(void)
{
    while (run.next_caused < run.n_caused) {
        const struct caused *caused = &run.caused[run.next_caused++];
        decide(caused->type, caused->body);
    }
    run.n_caused = run.next_caused = 0;
}

/* ---- the script */

static const struct label *find(const char *name, size_t length)
{
    for (size_t i = run.n_labels; i-- > 0;)
        if (strlen(run.labels[i].name) == length && strncmp(run.labels[i].name, name, length) == 0)
            return &run.labels[i];
    ck_abort_msg("the script has no %.*s", (int)length, name);
}

/* The text at a path such as tickets/0/code. */
static const char *at_path(const json_t *value, const char *path, size_t length)
{
    char *names = mem_strndup(run.scenario.arena, path, length), *next;
    for (char *name = strtok_r(names, "/", &next); name != NULL; name = strtok_r(NULL, "/", &next))
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
    const char *text = json_string_value(value);
    ck_assert_msg(text != NULL, "nothing at %.*s", (int)length, path);
    return text;
}

#define LAST "last_"

static const char *last_of(const char *collection, size_t length)
{
    size_t i = 0;
    while (strncmp(collections[i]->name, collection, length) != 0)
        i++;
    ck_assert_msg(run.last[i] != NULL, "nothing in %s was changed", collections[i]->name);
    return run.last[i];
}

/* What stands for $label, or $label.path. */
static const char *value_of(const char *at, size_t *ret_length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    static const char path_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_/";
    size_t length = strspn(at, letters);
    size_t more = at[length] == '.' ? strspn(at + length + 1, path_letters) : 0;
    *ret_length = length + (more > 0 ? more + 1 : 0);
    if (strncmp(at, LAST, strlen(LAST)) == 0)
        return last_of(at + strlen(LAST), length - strlen(LAST));
    const struct label *label = find(at, length);
    const char *path = more > 0 ? at + length + 1 : label->offer ? "delivery_id" : "id";
    return at_path(label->body, path, more > 0 ? more : strlen(path));
}

static const char *with_values(const char *line)
{
    char *text = mem_strdup(run.scenario.arena, "");
    const char *dollar;
    for (; (dollar = strchr(line, '$')) != NULL;) {
        size_t length;
        const char *value = value_of(dollar + 1, &length);
        text = mem_printf(run.scenario.arena, "%s%.*s%s", text, (int)(dollar - line), line, value);
        line = dollar + 1 + length;
    }
    return mem_printf(run.scenario.arena, "%s%s", text, line);
}

static const char *token_of(const char *attendee_id, enum self_service_purpose purpose)
{
    const struct scenario *scenario = &run.scenario;
    return self_service_link(scenario->arena, &scenario->self_service, purpose,
                             scenario_record(scenario, &collection_attendees, attendee_id),
                             scenario->now + 86400000)
        .token;
}

static void use_token(const char *type, const char *attendee_id)
{
    enum self_service_purpose purpose = strstr(type, "confirm") != NULL ? SELF_SERVICE_CONFIRM
                                        : strstr(type, ".cancel") != NULL
                                            ? SELF_SERVICE_CANCEL
                                            : SELF_SERVICE_UNSUBSCRIBE;
    decide(type, mem_printf(run.scenario.arena, "{'token':'%s'}", token_of(attendee_id, purpose)));
}

/* What follows the order's id in the body is added to its token. */
static void use_order_token(const char *type, const char *body)
{
    const struct scenario *scenario = &run.scenario;
    size_t length = strcspn(body, " ");
    const struct order *order =
        scenario_record(scenario, &collection_orders, mem_strndup(scenario->arena, body, length));
    const struct self_service_order own = {order->event_id, order->id,
                                           .email = order->buyer->email};
    decide(type, mem_printf(scenario->arena, "{'token':'%s'%s}",
                            self_service_order_link(scenario->arena, &scenario->self_service, &own,
                                                    scenario->now)
                                .token,
                            body + length));
}

static void play(const struct step *step)
{
    const char *body = step->body != NULL ? with_values(step->body) : NULL;
    if (step->seconds > 0) {
        (void)fprintf(run.out, "@ %d s later\n", step->seconds);
        run.scenario.now += step->seconds * INT64_C(1000);
    }
    if (strncmp(step->type, "attendee.", 9) == 0 && strstr(step->type, "_by_token") != NULL)
        use_token(step->type, body);
    else if (strstr(step->type, "_by_token") != NULL)
        use_order_token(step->type, body);
    else
        decide(step->type, body);
    if (step->label != NULL)
        name_it(step->label, run.scenario.body);
    decide_caused();
}

static char *recorded(void)
{
    memset(&run, 0, sizeof run);
    scenario_open(&run.scenario);
    run.out = open_memstream(&run.text, &run.size);
    for (const struct step *step = script; step->type != NULL;) {
        int steps = step->steps > 0 ? step->steps : 1;
        for (int i = 0; i == 0 || i < step->times; i++)
            for (int k = 0; k < steps; k++)
                play(&step[k]);
        step += steps;
    }
    (void)fclose(run.out);
    for (size_t i = 0; i < run.n_labels; i++)
        if (run.labels[i].offer)
            json_decref(run.labels[i].body);
    scenario_close(&run.scenario);
    return run.text;
}

START_TEST(the_same_script_gives_the_same_run)
{
    char *first = recorded(), *second = recorded();
    const char *path = getenv("RECORDED_RUN");
    ck_assert_str_eq(first, second);
    if (path != NULL) {
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        (void)fputs(first, file);
        (void)fclose(file);
    }
    free(first);
    free(second);
}
END_TEST

START_TEST(every_command_is_in_the_script)
{
    free(recorded());
    for (size_t i = 0; i < commands_n; i++)
        ck_assert_msg(run.ran[i] || commands[i].shape == COMMAND_QUERY, "%s is not",
                      commands[i].type);
}
END_TEST

CHECK_MAIN("recorded_run", the_same_script_gives_the_same_run, every_command_is_in_the_script)
