/* simulation: one run of db-svc and notify-svc processes, Kafka, MongoDB, a mail server and
 * clients, from one seed.
 *
 * Clients send commands and keep what they were told; faults happen; a checker watches every
 * commit and every message. When all commands are sent the faults stop, and everything must come
 * to rest. */
#pragma once

#include "libshared/base/settings.h"
#include "tests/simulation/kafka/broker.h"
#include "tests/simulation/mongo/server.h"
#include "tests/simulation/notify/mail_server.h"
#include "tests/simulation/table.h"
#include "tests/simulation/world/world.h"

struct simulation;
struct writer;
struct readers;
struct viewer;

/* --- Faults: their names are those of FAULTS=name,name --- */

#define FAULTS(X)                                                                                  \
    X(DEATH, "death")         /* a process is killed at any call */                                \
    X(STOP, "stop")           /* a process stands still, for up to 90 s */                         \
    X(TWIN, "twin")           /* a second process under the same name */                           \
    X(NODES, "nodes")         /* processes come and go in order: rebalances */                     \
    X(ANSWERS, "answers")     /* answers of the database are lost, done or not, or late */         \
    X(CONFLICTS, "conflicts") /* the database asks for the transaction to be begun again */        \
    X(DATABASE, "database")   /* the database is killed, and away for a while */                   \
    X(SET_BACK, "set_back")   /* the database is set back to a backup */                           \
    X(BROKER, "broker")       /* Kafka is away for a while */                                      \
    X(LEADER, "leader")       /* a partition has no leader for a while */                          \
    X(RECREATED, "recreated") /* Kafka comes back empty, as the same cluster or as another */      \
    X(REFUSED, "refused")     /* sends are refused, done or not */                                 \
    X(CLOCKS, "clocks")       /* clocks of processes and of brokers step */                        \
    X(REPEATED, "repeated")   /* commands arrive twice */                                          \
    X(MISPLACED, "misplaced") /* commands arrive in another partition, with and without an id */   \
    X(JUNK, "junk")           /* messages of any kind and size */                                  \
    X(FACADE, "facade")       /* some clients ask through a service, which may be killed, too */   \
    X(VIEW, "view") /* tickets-svc follows what is for sale, and db-svc answers queries */         \
    X(MAIL, "mail") /* notify-svc sends, to a server that is slow, busy and cut off */

enum fault {
#define X(name, text) FAULT_##name,
    FAULTS(X)
#undef X
        FAULT_KINDS
};
extern const char *const fault_names[FAULT_KINDS];

/* --- Nodes --- */

#define PLACES 4         /* processes of db-svc at one time, twins among them */
#define SENDERS 2        /* those of notify-svc, where it runs */
#define OVERDUE_MS 20000 /* so long after its end a hold has been released */

struct place {
    struct simulation *simulation;
    int number;
    void *(*run)(void *place); /* as main() of its service does it */
    struct node *node;         /* NULL: none runs */
    struct writer *writer;
    struct readers *readers; /* NULL: queries are not answered */
    struct viewer *own;      /* NULL: it shows nothing */
    char instance[32];
    bool wanted;   /* to be started again when it ends */
    bool stopping; /* asked to end in order */
    int64_t start_at;
    bool stopped_cleanly;
};
void nodes_open(struct simulation *simulation);
void nodes_stop_all(struct simulation *simulation);
bool nodes_are_gone(const struct simulation *simulation);
/* A process that ended in order has given back all it had, or nearly. */
void nodes_check_left(const struct place *place);

/* --- sender.c, facade.c --- */
void *sender_run(void *place);

#define FACADE_REPLIES "attendees-svc.replies" /* not those that clients read by themselves */
#define FACADE_MS 5000                         /* until its callers are told something */
void *facade_run(void *place);

/* --- viewer.c --- */
void *viewer_run(void *place);
/* What it shows of an event, as JSON in the arena; NULL: nothing. */
const char *viewer_text(const struct place *place, const void *arena, const char *event_id);

/* --- What clients asked and were told --- */

enum ask_kind {
    ASK_EVENT,
    ASK_PUBLISH,
    ASK_TYPE,
    ASK_PLACE,
    ASK_CONFIRM,
    ASK_EXTEND,
    ASK_CANCEL,
    ASK_REFUND,
    ASK_CHECK_IN,
    ASK_REGISTER,
    ASK_ATTENDEE_CONFIRM,
    ASK_ATTENDEE_CANCEL,
    ASK_PAYMENT,
    ASK_CAPACITY,
    ASK_CANCEL_EVENT,
    ASK_NOTIFY,
    ASK_JUNK,
    ASK_KINDS
};

struct ask {
    enum ask_kind kind;
    bool has_id, answers; /* a reply is wanted */
    bool reuses;          /* the id of another ask */
    bool lost;            /* the database or Kafka lost what it was told */
    bool misplaced;
    bool undone;                /* it was certainly not done, by the only send there was */
    int32_t event, type, order; /* by number; -1: none */
    const char *topic, *command;
    char *body, *key;
    int64_t timeout_ms, first_at, sent_at, answered_at;
    uint32_t sends;
    int status; /* 0: not answered */
    uint64_t answer;
};

struct event_known {
    char id[48];
    bool published, cancelled;
    int32_t partition;
};
struct type_known {
    char id[48];
    int32_t event;
    int64_t capacity;
};
struct order_known {
    char id[48], code[40];
    int32_t event, ask;
    bool held;
};
struct attendee_known {
    char id[48];
    int32_t event;
};

struct history {
    struct ask *asks;
    size_t n, room;
    struct event_known *events;
    size_t n_events;
    struct type_known *types;
    size_t n_types;
    struct order_known *orders;
    size_t n_orders;
    struct attendee_known *attendees;
    size_t n_attendees;
};

/* --- The whole --- */

struct options {
    uint64_t seed;
    size_t commands;
    bool faults[FAULT_KINDS];
    bool trace;
};

#define FAULT_ANSWERS_MOST 7
struct faults {
    struct actor actor;
    bool on[FAULT_KINDS]; /* of this run */
    bool healed;
    int64_t calm_until;
    /* Armed: at the so-manieth call from now on. */
    uint64_t death_at, stop_at;
    int64_t stop_us;
    bool stop_at_start; /* of a transaction, from that call on */
    uint32_t lose, late, refuse, conflict, refuse_send, busy_mail, cut_mail; /* in a million */
    int64_t slow_mail_us;
    int64_t until[FAULT_KINDS];
    struct backup *backup;
    int64_t backup_at;
    int64_t pace_us, every_us;
    int64_t left_at; /* the last process that died or was ended */
    uint64_t counts[FAULT_KINDS];
    /* Of the database, to be begun again. Not within: malloc() does not align as a bson_t wants. */
    bson_t *answers[FAULT_ANSWERS_MOST];
};

/* How far the commands of a partition number have come. */
struct progress {
    int64_t committed, batch;
    int64_t idle_us; /* while something waited and nothing hindered */
};

/* What a receipt makes go out. */
struct told {
    uint64_t message; /* a hash of its id */
    int64_t sequence;
    bool awaited; /* a fact or a delivery: somebody misses it */
};
struct receipts_told {
    struct table receipts; /* by what they hold: where in `at` it begins, and how many there are */
    struct told *at;
    size_t n, room;
};

struct checker {
    struct progress progress[BROKER_PARTITIONS];
    struct table facts;                    /* by their ids: the sequence, and a hash of the rest */
    struct table published;                /* by id and sequence, whatever is set back */
    struct table sequences;                /* the last of each topic and event */
    struct table revisions;                /* of each ticket type's stock in facts */
    int64_t set_back_at;                   /* -1: never */
    int64_t recreated_at;                  /* -1: never */
    struct table decided;                  /* when each receipt was committed */
    struct table raisers;                  /* of each fence: which process raised it last */
    int64_t batches[BROKER_PARTITIONS];    /* the last of each fence of this cluster */
    bool unknown_break[BROKER_PARTITIONS]; /* set back to after the last note beside the offsets */
    /* The highest that were raised, and given, for a cluster that is gone. */
    int64_t lost_epoch[BROKER_PARTITIONS], lost_sequence[BROKER_PARTITIONS];
    int64_t hindered_at; /* the last look at which something did */
    struct receipts_told told;
    struct table mailed; /* when each delivery was handed over last, and by whom */
    uint64_t replies, facts_seen, dead_letters, mails, mails_again, views;
    uint64_t late_facts; /* published for the first time after newer ones: they were refused */
    uint64_t violations;
};

#define SHOWN_VIOLATIONS 10
#define TRACE_LINES 400
#define TRACE_BYTES 240

/* What clients have handed to the facade, by number. */
#define DESK_ROOM 1000
struct desk {
    size_t asks[DESK_ROOM];
    size_t n;
};

struct simulation {
    struct options options;
    struct world world;
    struct broker broker;
    struct server server;
    struct settings settings;
    struct place places[PLACES], senders[SENDERS], facade, viewer;
    struct desk desk;
    struct history history;
    struct faults faults;
    struct checker checker;
    struct actor crowd, keeper, looker;
    struct dice dice; /* of the crowd */
    size_t sent;      /* commands so far, repeats not counted */
    int64_t settle_at, end_at;
    enum { PHASE_RUN, PHASE_SETTLE, PHASE_STOP } phase;
    uint64_t messages;
    char trace[TRACE_LINES][TRACE_BYTES];
    uint64_t traced;
    char shown[SHOWN_VIOLATIONS][TRACE_BYTES];
};

/* Whether it ended without a violation. */
bool simulation_run(struct simulation *simulation, const struct options *options);
void simulation_free(struct simulation *simulation);
/* Kept for the story of a failure. */
void trace(struct simulation *simulation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- crowd.c --- */
void crowd_open(struct simulation *simulation);
void crowd_close(struct simulation *simulation);
/* What came back for an ask. */
void crowd_told(struct simulation *simulation, struct ask *ask, int status, const char *body,
                size_t size);
struct ask *crowd_find(struct simulation *simulation, const void *correlation, size_t size);

/* --- faults.c --- */
void faults_open(struct simulation *simulation);
void faults_heal(struct simulation *simulation);
/* Whether something goes on that may hold db-svc up. */
bool faults_hinder(const struct simulation *simulation);
/* Another process has raised a fence that this one had. */
void faults_deposed(struct simulation *simulation, uint64_t serial);
void faults_close(struct simulation *simulation);

/* --- checker.c, checker_progress.c, checker_lost.c --- */
void checker_open(struct simulation *simulation);
void checker_close(struct simulation *simulation);
/* From time to time: whether something waits that nothing hinders. */
void checker_look(struct simulation *simulation, int64_t passed_us);
/* Everything should be at rest by now. */
void checker_rest(struct simulation *simulation);
/* And all processes have ended. */
void checker_end(struct simulation *simulation);
/* Before the database is set back to what it was at `at`, or Kafka is emptied. */
void checker_set_back(struct simulation *simulation, int64_t at);
void checker_recreated(struct simulation *simulation);

/* --- checker_mail.c --- */
/* Takes messages for the mail server. */
void checker_mail_open(struct simulation *simulation);
void checker_mail_rest(struct simulation *simulation);

/* --- checker_view.c --- */
void checker_view_rest(struct simulation *simulation);

/* --- violation.c --- */
/* A promise of docs/reliability.md is broken. */
void violation(struct simulation *simulation, const char *promise, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
