#include "db-svc/writer/input.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/unreadable.h"
#include "libshared/base/mem.h"
#include "libshared/contract/receipt_id.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/record/json_text.h"

static void hash_text(crypto_hash_sha256_state *state, const char *text)
{
    static const char nothing = '\0';
    if (text != NULL)
        crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text));
    crypto_hash_sha256_update(state, (const uint8_t *)&nothing, 1);
}

/* A text is dumped in pieces of a few bytes. */
struct hashing {
    crypto_hash_sha256_state state;
    uint8_t bytes[1024];
    size_t n;
};

static void hash_pieces(struct hashing *hashing)
{
    crypto_hash_sha256_update(&hashing->state, hashing->bytes, hashing->n);
    hashing->n = 0;
}

static int hash_piece(const char *bytes, size_t size, void *context)
{
    struct hashing *hashing = context;
    if (size > sizeof hashing->bytes - hashing->n)
        hash_pieces(hashing);
    if (size > sizeof hashing->bytes) {
        crypto_hash_sha256_update(&hashing->state, (const uint8_t *)bytes, size);
        return 0;
    }
    memcpy(hashing->bytes + hashing->n, bytes, size);
    hashing->n += size;
    return 0;
}

/* The fingerprint of a command: its type, its precondition and its body in canonical form. */
static void fingerprint(struct input *input, const json_t *json)
{
    struct hashing hashing = {.n = 0};
    crypto_hash_sha256_init(&hashing.state);
    hash_text(&hashing.state, input->envelope.type);
    hash_text(&hashing.state, input->envelope.if_match);
    (void)json_dump_callback(json, hash_piece, &hashing, JSON_COMPACT | JSON_SORT_KEYS);
    hash_pieces(&hashing);
    crypto_hash_sha256_final(&hashing.state, input->fingerprint);
}

static const struct receipt *refusal(void *arena, const struct input *input, struct problem problem)
{
    struct receipt *receipt = mem_new(arena, struct receipt);
    problem.instance = input->receipt_id;
    receipt->status = problem_status(problem.code);
    receipt->body = problem_body(arena, &problem);
    return receipt;
}

const struct receipt *input_refusal(void *arena, const struct input *input, enum problem_code code,
                                    const struct violations *violations)
{
    return refusal(arena, input, (struct problem){.code = code, .violations = violations});
}

bool input_wants_reply(const struct input *input)
{
    return input->envelope.reply_to.topic != NULL;
}

static void refuse_unreadable(void *arena, struct input *input, struct unreadable why)
{
    input->dead = why.reason;
    input->receipt =
        refusal(arena, input, (struct problem){.code = why.code, .members = why.members});
    unreadable_end(&why);
}

static const struct handler *decision_of(const struct input *input,
                                         const struct command **ret_command)
{
    const struct command *command = command_find(input->envelope.type);
    if (command == NULL || command->shape == COMMAND_QUERY ||
        strcmp(command_topic(command), input->message.topic) != 0)
        return NULL;
    *ret_command = command;
    return rules_find(command->type);
}

void input_address(struct input *input, const char *event_id, int32_t partitions)
{
    input->body.ids[ID_EVENT] = event_id;
    input->home = event_id != NULL ? partitioner_murmur2(event_id, strlen(event_id), partitions)
                                   : input->message.partition;
    input->misplaced = input->home != input->message.partition;
}

static void take_apart(void *arena, struct input *input, const json_t *json,
                       const struct command *command, const struct handler *handler,
                       int32_t partitions)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    if (!command_decode(&decoder, command, json, &input->body, &input->hold)) {
        input->receipt = input_refusal(arena, input, PROBLEM_validation_failed, &violations);
        if (!input_wants_reply(input))
            input->dead = "invalid members";
        return;
    }
    input->unaddressed =
        input->body.ids[ID_EVENT] == NULL &&
        (input->body.ids[ID_ORDER] != NULL || input->body.ids[ID_DELIVERY] != NULL);
    input_address(input, input->body.ids[ID_EVENT], partitions);
    fingerprint(input, json);
    input->handler = handler;
}

static bool is_too_large(const struct bus_message *message)
{
    struct bus_header header;
    size_t size = message->key_size + message->value_size;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++)
        size += strlen(header.name) + header.size;
    return size > INPUT_BYTES;
}

void input_read(void *arena, struct bus_message *message_take, int32_t partitions,
                struct input *ret_input)
{
    struct input *input = ret_input;
    *input = (struct input){.written_at = INT64_MAX};
    bus_message_take(message_take, &input->message);
    input->home = input->message.partition;
    if (input->message.unreadable != NULL) {
        input->dead = input->message.unreadable;
        return;
    }
    int r = envelope_read(arena, &input->message, &input->envelope);
    receipt_id(input->receipt_id, input->envelope.source, input->envelope.id);
    if (is_too_large(&input->message)) {
        refuse_unreadable(
            arena, input,
            unreadable_for(PROBLEM_payload_too_large, "larger than a command may be"));
        return;
    }
    if (r < 0) {
        refuse_unreadable(arena, input, unreadable_envelope(arena, &input->envelope));
        return;
    }
    const struct command *command = NULL;
    const struct handler *handler = decision_of(input, &command);
    if (handler == NULL) {
        refuse_unreadable(arena, input,
                          unreadable_type(arena, &input->envelope, input->message.topic));
        return;
    }
    json_t *json = json_text_load(input->envelope.body, input->envelope.body_size);
    if (json == NULL)
        refuse_unreadable(arena, input,
                          unreadable_for(PROBLEM_invalid_json, "the body is not JSON"));
    else
        take_apart(arena, input, json, command, handler, partitions);
    json_decref(json);
}

void input_free(struct input *input)
{
    json_decref(input->hold);
    bus_message_free(&input->message);
}
