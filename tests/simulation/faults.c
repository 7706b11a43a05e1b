/* What goes wrong: drawn from the seed, of the kinds that are asked for. A run has some of them, so
 * that each is met alone and with any other. */
#include "tests/simulation/simulation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const fault_names[FAULT_KINDS] = {
#define X(name, text) [FAULT_##name] = (text),
    FAULTS(X)
#undef X
};

#define SECOND INT64_C(1000000)
#define STORM_US (150 * SECOND) /* then it is calm, so that all gets asked */
#define LATE_US (6 * SECOND)    /* later than any client waits */
#define RESTART_US (9 * SECOND) /* its session has ended, or it is there again */

static int64_t between(int64_t least, int64_t most)
{
    return dice_between(&world->dice, least, most);
}

/* --- Single calls --- */

static void stop(struct simulation *simulation, struct node *node, const char *call)
{
    struct faults *faults = &simulation->faults;
    trace(simulation, "node %d stands still at \"%s\" for %lld ms", node->number, call,
          (long long)(faults->stop_us / 1000));
    node_stop(node, world->now + faults->stop_us);
    faults->stop_at = 0;
}

static void at_call(void *context, struct node *node, const char *call)
{
    struct simulation *simulation = context;
    struct faults *faults = &simulation->faults;
    if (world->calls == faults->stop_at && !faults->stop_at_start)
        stop(simulation, node, call);
    if (world->calls == faults->death_at) {
        trace(simulation, "node %d dies at \"%s\"", node->number, call);
        faults->left_at = world->now;
        node_die(node);
    }
}

static int64_t takes(void *context)
{
    const struct faults *faults = &((struct simulation *)context)->faults;
    return between(20, 20 + faults->pace_us);
}

static bool is_late(const struct faults *faults)
{
    return faults->late > 0 && dice_chance(&world->dice, faults->late);
}

static enum fate_kind draw_loss(const struct faults *faults)
{
    static const enum fate_kind kinds[] = {FATE_REQUEST_LOST, FATE_REPLY_LOST, FATE_CUT,
                                           FATE_CUT_DONE};
    return faults->lose > 0 && dice_chance(&world->dice, faults->lose)
               ? kinds[dice_below(&world->dice, 4)]
               : FATE_ANSWERED;
}

/* Answers of a real server that ask for the transaction to be begun again. */
static void make_answers(struct faults *faults)
{
    static const struct {
        int32_t code;
        const char *label;
    } answers[FAULT_ANSWERS_MOST] = {{112, "TransientTransactionError"},
                                     {24, "TransientTransactionError"},
                                     {251, "TransientTransactionError"},
                                     {246, "TransientTransactionError"},
                                     {239, NULL},
                                     {290, NULL},
                                     {11601, NULL}};
    for (size_t i = 0; i < FAULT_ANSWERS_MOST; i++) {
        bson_t answer;
        server_error(&answer, answers[i].code, answers[i].label, "simulated");
        faults->answers[i] = bson_copy(&answer);
        bson_destroy(&answer);
    }
}

static const bson_t *conflict(const struct faults *faults, const struct request *request)
{
    if (!request->in_transaction || faults->conflict == 0 ||
        !dice_chance(&world->dice, faults->conflict))
        return NULL;
    return faults->answers[dice_below(&world->dice, FAULT_ANSWERS_MOST)];
}

/* A writer that has chosen its batch and has not read yet: it will read what its heir left. */
static void stop_at_start(struct simulation *simulation, const struct request *request,
                          const char *command)
{
    const struct faults *faults = &simulation->faults;
    if (faults->stop_at_start && faults->stop_at > 0 && world->calls >= faults->stop_at &&
        request->starts && strcmp(command, "find") == 0)
        stop(simulation, world_node(), "begin");
}

static struct fate fate_of(void *context, uint16_t port, const struct request *request,
                           const char *command)
{
    const struct faults *faults = &((struct simulation *)context)->faults;
    (void)port;
    stop_at_start(context, request, command);
    struct fate fate = {.before_us = takes(context), .after_us = takes(context)};
    const bson_t *reply = conflict(faults, request);
    fate.kind = draw_loss(faults);
    if (is_late(faults))
        *(dice_below(&world->dice, 2) == 0 ? &fate.before_us : &fate.after_us) =
            between(SECOND / 10, LATE_US);
    if (reply != NULL) {
        fate.kind = FATE_REFUSED;
        fate.reply = reply;
    }
    return fate;
}

static int refuses(void *context, const char *topic, bool *done)
{
    static const int errors[] = {-EIO, -ETIMEDOUT, -EACCES, -EMSGSIZE, -ENOENT};
    const struct faults *faults = &((struct simulation *)context)->faults;
    (void)topic;
    if (faults->refuse_send == 0 || !dice_chance(&world->dice, faults->refuse_send))
        return 0;
    int error = errors[dice_below(&world->dice, 3)];
    *done = error != -EACCES && dice_below(&world->dice, 2) == 0;
    return error;
}

/* --- Each kind --- */

static void kill_some(struct simulation *simulation)
{
    simulation->faults.death_at = world->calls + 1 + dice_below(&world->dice, 400);
}

static void stop_some(struct simulation *simulation)
{
    static const int64_t lengths[] = {SECOND / 2, 3 * SECOND, 12 * SECOND, 90 * SECOND};
    simulation->faults.stop_at = world->calls + 1 + dice_below(&world->dice, 400);
    simulation->faults.stop_at_start = dice_below(&world->dice, 3) == 0;
    simulation->faults.stop_us = between(1000, lengths[dice_below(&world->dice, 4)]);
}

/* The worst moment to go on is when the heir has just taken over. */
void faults_deposed(struct simulation *simulation, uint64_t serial)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct node *node = simulation->places[i].node;
        if (node != NULL && node->serial == serial && node_is_stopped(node) &&
            dice_below(&world->dice, 2) == 0)
            node->goes_on_at = world->now + between(0, SECOND / 50);
    }
}

static void start_twin(struct simulation *simulation)
{
    struct place *twin = &simulation->places[PLACES - 1];
    const struct place *of = &simulation->places[dice_below(&world->dice, PLACES - 1)];
    if (twin->node != NULL)
        return;
    memcpy(twin->instance, of->instance, sizeof twin->instance);
    twin->wanted = !twin->wanted;
}

static void change_nodes(struct simulation *simulation)
{
    struct place *place = &simulation->places[dice_below(&world->dice, PLACES - 1)];
    size_t wanted = 0;
    for (size_t i = 0; i < PLACES - 1; i++)
        wanted += simulation->places[i].wanted;
    bool leaves = place->wanted && wanted > 1;
    place->wanted = !leaves;
    if (leaves)
        simulation->faults.left_at = world->now;
    if (simulation->faults.on[FAULT_MAIL])
        simulation->senders[0].wanted = !simulation->senders[0].wanted;
}

static void lose_answers(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    faults->lose = (uint32_t)between(500, 60000);
    faults->late = (uint32_t)between(0, 20000);
    faults->until[FAULT_ANSWERS] = world->now + between(SECOND / 2, 10 * SECOND);
}

static void make_conflicts(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    faults->conflict = (uint32_t)between(1000, 50000);
    faults->until[FAULT_CONFLICTS] = world->now + between(SECOND / 2, 10 * SECOND);
}

static void restart_database(struct simulation *simulation)
{
    server_restart(&simulation->server, world->now + between(0, 8 * SECOND),
                   dice_below(&world->dice, 2) == 0);
}

/* Backups are made now and then, and one is put back some time later. */
static void set_back(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    if (faults->backup == NULL) {
        faults->backup = database_copy(simulation->server.database);
        faults->backup_at = world->now;
        return;
    }
    server_set_back(&simulation->server, faults->backup);
    checker_set_back(simulation, faults->backup_at);
    backup_free(faults->backup);
    faults->backup = NULL;
}

static void recreate(struct simulation *simulation)
{
    char id[BROKER_ID];
    bool same = dice_below(&world->dice, 2) == 0;
    (void)snprintf(id, sizeof id, "%s", simulation->broker.id);
    if (!same)
        (void)snprintf(id, sizeof id, "cluster-%llx", (unsigned long long)world->now);
    checker_recreated(simulation);
    broker_recreate(id);
    broker_stop(world->now + between(0, 8 * SECOND));
}

static void refuse_sends(struct simulation *simulation)
{
    simulation->faults.refuse_send = (uint32_t)between(1000, 200000);
    simulation->faults.until[FAULT_REFUSED] = world->now + between(SECOND / 2, 5 * SECOND);
}

static void step_clock(struct simulation *simulation)
{
    if (dice_below(&world->dice, 2) == 0) {
        simulation->broker.clock_us[dice_below(&world->dice, BROKER_PARTITIONS)] =
            between(-20 * SECOND, 20 * SECOND);
        return;
    }
    struct place *place = &simulation->places[dice_below(&world->dice, PLACES)];
    if (place->node != NULL)
        place->node->wall_offset_us = between(-3600 * SECOND, 3600 * SECOND);
}

static void disturb_mail(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    faults->busy_mail = (uint32_t)between(0, 300000);
    faults->cut_mail = (uint32_t)between(0, 50000);
    faults->slow_mail_us = between(1000, 6 * SECOND);
    faults->until[FAULT_MAIL] = world->now + between(SECOND / 2, 20 * SECOND);
}

static void calm_mail(struct faults *faults)
{
    faults->busy_mail = faults->cut_mail = 0;
    faults->slow_mail_us = 0;
}

static struct mail_fate mail_fate(void *context)
{
    const struct faults *faults = &((struct simulation *)context)->faults;
    const int64_t most = 1000 + faults->slow_mail_us;
    struct mail_fate fate = {.before_us = between(100, most), .after_us = between(100, most)};
    if (dice_chance(&world->dice, faults->busy_mail))
        fate.kind = MAIL_REFUSED;
    else if (dice_chance(&world->dice, faults->cut_mail))
        fate.kind = MAIL_CUT;
    return fate;
}

static void stop_broker(struct simulation *simulation)
{
    (void)simulation;
    static const int64_t lengths[] = {SECOND, 8 * SECOND, 20 * SECOND};
    if (broker_is_away())
        return;
    broker_stop(world->now + between(1000, lengths[dice_below(&world->dice, 3)]));
}

static void depose_leader(struct simulation *simulation)
{
    static const int64_t lengths[] = {SECOND, 8 * SECOND, 20 * SECOND};
    struct broker *cluster = &simulation->broker;
    if (cluster->n_topics == 0)
        return;
    const struct simulated_topic *topic =
        &cluster->topics[dice_below(&world->dice, cluster->n_topics)];
    broker_depose(topic, (int32_t)dice_below(&world->dice, (uint64_t)topic->partitions),
                  world->now + between(1000, lengths[dice_below(&world->dice, 3)]));
}

static void (*const happen[FAULT_KINDS])(struct simulation *simulation) = {
    [FAULT_DEATH] = kill_some,           [FAULT_STOP] = stop_some,
    [FAULT_TWIN] = start_twin,           [FAULT_NODES] = change_nodes,
    [FAULT_ANSWERS] = lose_answers,      [FAULT_CONFLICTS] = make_conflicts,
    [FAULT_DATABASE] = restart_database, [FAULT_SET_BACK] = set_back,
    [FAULT_BROKER] = stop_broker,        [FAULT_RECREATED] = recreate,
    [FAULT_REFUSED] = refuse_sends,      [FAULT_CLOCKS] = step_clock,
    [FAULT_LEADER] = depose_leader,      [FAULT_MAIL] = disturb_mail,
};

/* --- Their time --- */

static void end_spells(struct faults *faults)
{
    if (world->now >= faults->until[FAULT_ANSWERS])
        faults->lose = faults->late = 0;
    if (world->now >= faults->until[FAULT_CONFLICTS])
        faults->conflict = 0;
    if (world->now >= faults->until[FAULT_REFUSED])
        faults->refuse_send = 0;
    if (world->now >= faults->until[FAULT_MAIL])
        calm_mail(faults);
}

/* One of those that happen; FAULT_KINDS: there is none. */
static size_t draw_kind(const struct faults *faults)
{
    size_t kinds[FAULT_KINDS], n = 0;
    for (size_t i = 0; i < FAULT_KINDS; i++)
        if (faults->on[i] && happen[i] != NULL)
            kinds[n++] = i;
    return n > 0 ? kinds[dice_below(&world->dice, n)] : FAULT_KINDS;
}

static void act(void *context)
{
    struct simulation *simulation = context;
    struct faults *faults = &simulation->faults;
    end_spells(faults);
    faults->actor.at = world->now + between(SECOND / 20, faults->every_us);
    if (faults->healed || world->now < faults->calm_until || world->now > STORM_US)
        return;
    size_t kind = draw_kind(faults);
    if (kind == FAULT_KINDS)
        return;
    /* What undoes the work of many is rarer. */
    if ((kind == FAULT_RECREATED || kind == FAULT_SET_BACK) && dice_below(&world->dice, 4) != 0)
        return;
    faults->counts[kind]++;
    trace(simulation, "fault %s", fault_names[kind]);
    happen[kind](simulation);
}

void faults_open(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    static const int64_t every[] = {SECOND, 4 * SECOND, 15 * SECOND};
    *faults = (struct faults){.calm_until = 3 * SECOND,
                              .every_us = every[dice_below(&world->dice, 3)],
                              .pace_us = between(30, 600)};
    make_answers(faults);
    uint64_t share = dice_below(&world->dice, 4); /* of those asked for, that this run has */
    for (size_t i = 0; i < FAULT_KINDS; i++)
        faults->on[i] = simulation->options.faults[i] && dice_below(&world->dice, 4) <= share;
    faults->actor = (struct actor){.at = 0, .act = act, .context = simulation};
    world_add_actor(&faults->actor);
    world->at_call = at_call;
    world->context = simulation;
    simulation->broker.takes = takes;
    simulation->broker.refuses = refuses;
    simulation->server.fate = fate_of;
    simulation->server.context = simulation;
    mail_server.fate = mail_fate;
    mail_server.context = simulation;
}

static void go_on(struct place *place)
{
    if (place->node == NULL)
        return;
    place->node->goes_on_at = world->now;
    place->node->wall_offset_us = 0;
}

void faults_heal(struct simulation *simulation)
{
    struct faults *faults = &simulation->faults;
    faults->healed = true;
    faults->lose = faults->late = faults->conflict = faults->refuse_send = 0;
    calm_mail(faults);
    faults->death_at = faults->stop_at = 0;
    simulation->server.away_until = world->now;
    simulation->broker.away_until = world->now;
    memset(simulation->broker.clock_us, 0, sizeof simulation->broker.clock_us);
    memset(simulation->broker.leaderless_until, 0, sizeof simulation->broker.leaderless_until);
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &simulation->places[i];
        place->wanted = i == 0 || (place->wanted && i < PLACES - 1);
        go_on(place);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        simulation->senders[i].wanted = faults->on[FAULT_MAIL];
        go_on(&simulation->senders[i]);
    }
    go_on(&simulation->facade);
    go_on(&simulation->viewer);
}

static bool is_leaderless(const struct broker *cluster)
{
    for (size_t i = 0; i < cluster->n_topics; i++)
        for (int32_t p = 0; p < cluster->topics[i].partitions; p++)
            if (!broker_leads(&cluster->topics[i], p))
                return true;
    return false;
}

bool faults_hinder(const struct simulation *simulation)
{
    const struct faults *faults = &simulation->faults;
    for (size_t i = 0; i < PLACES; i++)
        if (simulation->places[i].node != NULL && node_is_stopped(simulation->places[i].node))
            return true;
    return world->now - faults->left_at < RESTART_US || faults->lose > 0 || faults->late > 0 ||
           faults->conflict > 0 || faults->refuse_send > 0 || broker_is_away() ||
           is_leaderless(&simulation->broker) || world->now < simulation->server.away_until;
}

void faults_close(struct simulation *simulation)
{
    backup_free(simulation->faults.backup);
    for (size_t i = 0; i < FAULT_ANSWERS_MOST; i++)
        bson_destroy(simulation->faults.answers[i]);
}
