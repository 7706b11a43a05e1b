/* settings: what a service is told by its environment, from one table.
 *
 * Each setting is an environment variable; `<NAME>_FILE` names a file that holds it instead. A file
 * that is named without a folder is one of $CREDENTIALS_DIRECTORY, where that is set
 * (systemd.exec). Variables KAFKA_CONF_* go to librdkafka (KAFKA_CONF_SASL_PASSWORD is
 * sasl.password). Strings live in the arena given to settings_load() and outlive it never. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum settings_service {
    SETTINGS_DB = 1,
    SETTINGS_TICKETS = 2,
    SETTINGS_ATTENDEES = 4,
    SETTINGS_NOTIFY = 8,
    SETTINGS_ALL = 15,
};

struct settings {
    int64_t port;
    const char *bind_address;
    const char *kafka_brokers;
    int64_t kafka_partitions;
    int64_t kafka_replication_factor;
    const char *mongo_uri;
    const char *mongo_db;
    int64_t pack_receipts;     /* 1: in a database of an earlier release, too */
    int64_t mongo_any_release; /* 1: older than supported, too */
    int64_t query_threads;
    int64_t request_timeout_ms;
    int64_t max_pending;
    int64_t max_connections, max_connections_per_address;
    const char *trusted_proxies; /* addresses and networks, comma-separated; NULL: none */
    int64_t max_hold_seconds;
    const char *ticket_signing_key;   /* NULL: the database keeps one */
    const char *self_service_url;     /* what links to confirm and cancel begin with */
    const char *order_page_url;       /* what links to a buyer's order begin with */
    int64_t self_service_seconds;     /* how long they live */
    const char *reply_topics_allowed; /* comma-separated, besides *.replies and *.reply */
    const char *api_keys_file;        /* NULL: no keys, loopback only */
    int64_t metrics_key_required;     /* not 0: for metrics and documents, too */
    int64_t max_streams_per_key;      /* 0: no limit */
    const char *cors_origins;         /* NULL: none */
    const char *docs_viewer;          /* the path of a script; NULL or "": none */
    const char *smtp_url;
    const char *smtp_from;
    const char *mail_template;    /* NULL: the one that comes with the service */
    const char *smtp_ca_file;     /* NULL: the system's certificates */
    const char *sms_url;          /* NULL: no SMS */
    int64_t email_rate, sms_rate; /* messages a second; 0: no limit */
    const char *callback_url;     /* NULL: gateways are asked for no reports */
    const char *callback_secret;  /* NULL: no reports are taken */
    const char *otlp_endpoint;    /* NULL or "": no traces */
    const char *traces_sampler, *traces_sampler_arg;
    const char *otel_service_name; /* NULL: the service's own name */
    const char *log_level;
    struct settings_pair {
        const char *name, *value;
    } * kafka_conf; /* ends with a NULL name */
};

/* Reads the environment. On a wrong or unreadable value: -EINVAL, and one line a fault on `errors`,
 * naming the setting and what it takes. `port` is the service's default port. */
int settings_load(const void *arena, enum settings_service service, int64_t port,
                  char *const environment[], FILE *errors, struct settings *ret_settings)
    __attribute__((warn_unused_result));

/* The table as --help shows it. */
void settings_help(enum settings_service service, int64_t port, FILE *out);
/* The same of one that there is, without its name. */
const char *settings_help_of(const char *name);
/* NAME=value lines as in force; secrets as ***. */
void settings_print(enum settings_service service, const struct settings *settings, FILE *out);
