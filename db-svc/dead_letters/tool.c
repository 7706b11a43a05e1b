#include "db-svc/dead_letters/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/dead_letters/dead_letters.h"
#include "db-svc/store/store.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/problem.h"

enum { EXIT_USAGE = 2 };

static int usage(const char *why)
{
    fprintf(stderr,
            "%s\n"
            "Usage: db-svc --dead-letters list [topic=… reason=… since=… before=… status=…]\n"
            "       db-svc --dead-letters show|resend|discard TOPIC/PARTITION/OFFSET\n",
            why);
    return EXIT_USAGE;
}

static int fail(int error)
{
    const enum problem_code code = error == -ENOENT      ? PROBLEM_not_found
                                   : error == -EBADMSG   ? PROBLEM_truncated
                                   : error == -EMSGSIZE  ? PROBLEM_payload_too_large
                                   : error == -ETIMEDOUT ? PROBLEM_outcome_unknown
                                                         : PROBLEM_unavailable;
    fprintf(stderr, "%s. %s\n", problem_title(code),
            error == -ETIMEDOUT ? "It may have been sent; sending it again does no harm."
                                : problem_detail(code));
    return EXIT_FAILURE;
}

static void print(json_t *json_take, size_t flags)
{
    (void)json_dumpf(json_take, stdout, flags);
    (void)fputc('\n', stdout);
    json_decref(json_take);
}

/* --- list --- */

static bool take_name(json_t *names, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL)
        return false;
    const size_t length = (size_t)(equals - argument);
    char name[32] = "";
    if (length >= sizeof name)
        return false;
    memcpy(name, argument, length);
    const struct field *field = record_field(&dead_letter_query_record, name);
    json_t *value = field == NULL                    ? NULL
                    : field->kind->from_text != NULL ? field->kind->from_text(equals + 1)
                                                     : json_string(equals + 1);
    return value != NULL && json_object_set_new(names, name, value) == 0;
}

static void tell_violations(const struct violations *violations)
{
    json_t *errors = violations_json(violations, true), *one;
    size_t i;
    json_array_foreach (errors, i, one)
        fprintf(stderr, "%s: %s\n", json_string_value(json_object_get(one, "parameter")),
                json_string_value(json_object_get(one, "detail")));
    json_decref(errors);
}

static bool read_query(void *arena, int argc, char **argv, struct dead_letter_query *ret_query)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    json_t *names = json_object();
    bool good = true;
    for (int i = 0; i < argc && good; i++)
        good = take_name(names, argv[i]);
    good = good && record_decode(&decoder, &dead_letter_query_record, names, ret_query);
    tell_violations(&violations);
    json_decref(names);
    return good;
}

static int list(struct dead_letters *letters, void *arena, int argc, char **argv)
{
    struct dead_letter_query query;
    struct dead_letter_page page = {0};
    if (!read_query(arena, argc, argv, &query))
        return usage("list takes NAME=VALUE.");
    do {
        const int r = dead_letters_list(letters, arena, &query, &page);
        if (r < 0)
            return r == -EINVAL ? usage("cursor: this is none.") : fail(r);
        for (size_t i = 0; i < page.n; i++)
            print(record_json(&dead_letter_item_record, &page.items[i]), JSON_COMPACT);
        query.cursor = page.next;
    } while (page.next != NULL && !query.limit.set);
    return EXIT_SUCCESS;
}

/* --- One --- */

static int do_one(struct dead_letters *letters, void *arena, const char *verb,
                  const struct letter_place *place)
{
    struct dead_letter letter;
    int r;
    if (strcmp(verb, "resend") == 0)
        r = dead_letters_resend(letters, arena, place, clock_wall_ms(), &letter);
    else if (strcmp(verb, "discard") == 0)
        r = dead_letters_discard(letters, arena, place, clock_wall_ms(), &letter);
    else
        r = dead_letters_get(letters, arena, place, &letter);
    if (r < 0)
        return fail(r);
    print(record_json(&dead_letter_record, &letter), JSON_INDENT(2));
    return EXIT_SUCCESS;
}

static bool is_verb(const char *text)
{
    return strcmp(text, "show") == 0 || strcmp(text, "resend") == 0 || strcmp(text, "discard") == 0;
}

static int act(struct dead_letters *letters, void *arena, int argc, char **argv)
{
    struct letter_place place;
    if (strcmp(argv[0], "list") == 0)
        return list(letters, arena, argc - 1, argv + 1);
    if (argc != 2 || !dead_letters_place(arena, argv[1], &place))
        return usage("Say which dead letter.");
    return do_one(letters, arena, argv[0], &place);
}

static int run(const struct service_context *context, int argc, char **argv)
{
    if (argc == 0 || (strcmp(argv[0], "list") != 0 && !is_verb(argv[0])))
        return usage("Say what to do with dead letters.");
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct dead_letters *letters;
    log_open(context->service->name, LOG_ERROR);
    store_library_open();
    const int r = dead_letters_open(&context->bus, context->settings, &letters);
    const int code = r < 0 ? fail(r) : act(letters, arena, argc, argv);
    if (r == 0)
        dead_letters_close(letters);
    store_library_close();
    return code;
}

const struct service_tool dead_letters_tool = {
    .option = "dead-letters",
    .help = "  --dead-letters    list, show, resend or discard messages that nobody could act on\n",
    .run = run,
};
