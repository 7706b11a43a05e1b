#include "libshared/base/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

struct setting {
    const char *name;
    size_t at;
    bool number;
    bool secret;
    bool path; /* of a file */
    enum settings_service services;
    const char *fallback; /* NULL: unset */
    int64_t least, most;
    const char *help;
};

#define TEXT(member, NAME, services_, fallback_, help_, ...)                                       \
    {                                                                                              \
        .name = NAME, .at = offsetof(struct settings, member), .services = (services_),            \
        .fallback = (fallback_), .help = (help_), ##__VA_ARGS__                                    \
    }
#define NUMBER(member, NAME, services_, fallback_, least_, most_, help_)                           \
    {                                                                                              \
        .name = NAME, .at = offsetof(struct settings, member), .number = true,                     \
        .services = (services_), .fallback = (fallback_), .least = (least_), .most = (most_),      \
        .help = (help_)                                                                            \
    }

static const struct setting table[] = {
    NUMBER(port, "PORT", SETTINGS_ALL, NULL, 0, 65535, "HTTP port; 0 takes a free one"),
    TEXT(bind_address, "BIND_ADDRESS", SETTINGS_ALL, "127.0.0.1",
         "address to listen on; other than loopback only with API_KEYS_FILE"),
    TEXT(kafka_brokers, "KAFKA_BROKERS", SETTINGS_ALL, "127.0.0.1:9092",
         "bootstrap servers, comma-separated"),
    NUMBER(kafka_partitions, "KAFKA_PARTITIONS", SETTINGS_ALL, "8", 1, 1024,
           "partitions of every topic; fixed for the life of the cluster"),
    NUMBER(kafka_replication_factor, "KAFKA_REPLICATION_FACTOR", SETTINGS_DB, "1", 1, 32,
           "replicas of the topics that db-svc creates"),
    TEXT(mongo_uri, "MONGO_URI", SETTINGS_DB, "mongodb://127.0.0.1:27017/?replicaSet=secantus",
         "the database; a replica set, for transactions", .secret = true),
    TEXT(mongo_db, "MONGO_DB", SETTINGS_DB, "tickets", "database name"),
    NUMBER(mongo_any_release, "MONGO_ANY_RELEASE", SETTINGS_DB, "0", 0, 1,
           "1 works with a MongoDB older than 6.0, too; for tests"),
    NUMBER(pack_receipts, "PACK_RECEIPTS", SETTINGS_DB, "0", 0, 1,
           "1 packs receipts in a database of an earlier release, too, for good: once no db-svc of "
           "that release runs"),
    NUMBER(query_threads, "QUERY_THREADS", SETTINGS_DB, "2", 1, 64, "threads that answer queries"),
    NUMBER(request_timeout_ms, "REQUEST_TIMEOUT_MS", SETTINGS_ALL, "5000", 10, 600000,
           "how long a request may wait for its answer"),
    NUMBER(max_pending, "MAX_PENDING", SETTINGS_ALL, "4096", 1, 1000000,
           "requests that may wait at once; more are answered 503"),
    NUMBER(max_connections, "MAX_CONNECTIONS", SETTINGS_ALL, "8192", 1, 1000000,
           "HTTP connections held at once; one more takes the place of the longest idle"),
    NUMBER(max_connections_per_address, "MAX_CONNECTIONS_PER_ADDRESS", SETTINGS_ALL, "1024", 0,
           1000000, "of them from one IPv4 address or IPv6 /64; 0: no limit; loopback has none"),
    TEXT(trusted_proxies, "TRUSTED_PROXIES", SETTINGS_ALL, NULL,
         "addresses and networks (CIDR) of proxies, comma-separated, which that limit spares and "
         "whose X-Forwarded-For is believed"),
    NUMBER(max_hold_seconds, "MAX_HOLD_SECONDS", SETTINGS_DB, "3600", 1, 604800,
           "the longest a held order may wait for its payment"),
    TEXT(ticket_signing_key, "TICKET_SIGNING_KEY", SETTINGS_DB, NULL,
         "seed of the key that signs tickets, 64 hexadecimal digits; unset: one kept in the "
         "database",
         .secret = true),
    TEXT(self_service_url, "SELF_SERVICE_URL", SETTINGS_DB, "http://127.0.0.1:8082/v1/attendees",
         "what people's links begin with; /confirm#<token> or /cancel#<token> follows"),
    TEXT(order_page_url, "ORDER_PAGE_URL", SETTINGS_DB, "http://127.0.0.1:8081/v1/orders/mine",
         "the page of a buyer's own order; #<token> follows"),
    NUMBER(self_service_seconds, "SELF_SERVICE_SECONDS", SETTINGS_DB, "2592000", 1, 31536000,
           "how long people's links work; those of orders as long after the event"),
    TEXT(reply_topics_allowed, "REPLY_TOPICS_ALLOWED", SETTINGS_DB, NULL,
         "topics answered besides *.replies and *.reply, comma-separated"),
    TEXT(api_keys_file, "API_KEYS_FILE", SETTINGS_ALL, NULL,
         "file of API keys, name:sha256:scope,scope a line", .path = true),
    NUMBER(metrics_key_required, "METRICS_KEY_REQUIRED", SETTINGS_ALL, "0", 0, 1,
           "1: with API_KEYS_FILE, /metrics and the documents ask for a key, too"),
    NUMBER(max_streams_per_key, "MAX_STREAMS_PER_KEY", SETTINGS_ALL, "100", 0, 1000000,
           "exports, imports and streams that a key may have under way at once; 0: no limit"),
    TEXT(cors_origins, "CORS_ORIGINS", SETTINGS_ALL, NULL,
         "origins whose browsers may call, comma-separated, or *"),
    TEXT(docs_viewer, "DOCS_VIEWER", SETTINGS_ALL, NULL,
         "Redoc's script, redoc.standalone.js, in which /docs shows the documents; unset: plain "
         "pages",
         .path = true),
    TEXT(smtp_url, "SMTP_URL", SETTINGS_NOTIFY, "smtp://127.0.0.1:1025",
         "mail server: smtp://[user:password@]host:port or smtps://…", .secret = true),
    TEXT(smtp_from, "SMTP_FROM", SETTINGS_NOTIFY | SETTINGS_DB, "tickets@localhost",
         "sender of every e-mail; calendars have its domain"),
    TEXT(
        mail_template, "MAIL_TEMPLATE", SETTINGS_NOTIFY, NULL,
        "the HTML part of every e-mail, as MAIL_TEMPLATE_FILE=mail.html; unset: the one that comes "
        "with the service",
        .secret = true), /* too long to be shown */
    TEXT(smtp_ca_file, "SMTP_CA_FILE", SETTINGS_NOTIFY, NULL,
         "certificates (PEM) that the mail server's is checked against, which then must speak TLS; "
         "unset: the system's, with smtps:// or a password for another machine",
         .path = true),
    TEXT(sms_url, "SMS_URL", SETTINGS_NOTIFY, NULL,
         "SMS gateway: kannel+http://… or twilio+https://…; unset: no SMS", .secret = true),
    NUMBER(email_rate, "EMAIL_RATE", SETTINGS_NOTIFY, "0", 0, 1000000,
           "e-mails a second that a notify-svc sends at most; 0: no limit"),
    NUMBER(sms_rate, "SMS_RATE", SETTINGS_NOTIFY, "0", 0, 1000000,
           "text messages a second that a notify-svc sends at most; 0: no limit"),
    TEXT(callback_url, "CALLBACK_URL", SETTINGS_NOTIFY, NULL,
         "address of notify-svc as the SMS gateway reaches it, for its reports; unset: none are "
         "asked for"),
    TEXT(callback_secret, "CALLBACK_SECRET", SETTINGS_NOTIFY, NULL,
         "what must be shown at /v1/callbacks; unset: no reports are taken", .secret = true),
    TEXT(otlp_endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT", SETTINGS_ALL, NULL,
         "collector of traces, OTLP over HTTP such as http://localhost:4318; unset: none are "
         "sent"),
    TEXT(traces_sampler, "OTEL_TRACES_SAMPLER", SETTINGS_ALL, "parentbased_traceidratio",
         "always_on, always_off, traceidratio, or one of these with parentbased_ before it"),
    TEXT(traces_sampler_arg, "OTEL_TRACES_SAMPLER_ARG", SETTINGS_ALL, "0.01",
         "part of the traces that a ratio samples, from 0 to 1"),
    TEXT(otel_service_name, "OTEL_SERVICE_NAME", SETTINGS_ALL, NULL,
         "what the service is called in traces; unset: its own name"),
    TEXT(log_level, "LOG_LEVEL", SETTINGS_ALL, "info", "error, warning, info or debug"),
};
#define TABLE_END (table + sizeof table / sizeof *table)

static const char *environment_get(char *const environment[], const char *name, const char *suffix)
{
    size_t length = strlen(name), extra = strlen(suffix);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 &&
            strncmp(*environment + length, suffix, extra) == 0 &&
            (*environment)[length + extra] == '=')
            return *environment + length + extra + 1;
    return NULL;
}

/* A name alone is that of a file that the service manager has put there for us (systemd's
 * credentials). */
static const char *file_path(const void *arena, char *const environment[], const char *path)
{
    const char *folder = environment_get(environment, "CREDENTIALS_DIRECTORY", "");
    bool name = path != NULL && *path != '\0' && strchr(path, '/') == NULL;
    return name && folder != NULL ? mem_printf(arena, "%s/%s", folder, path) : path;
}

/* A secret's file, without the newline that editors leave at its end. */
static int read_file(const void *arena, const char *path, const char **ret_text)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    char text[64 * 1024];
    size_t n = fread(text, 1, sizeof text, file);
    int error = ferror(file) ? EIO : n == sizeof text ? EFBIG : 0;
    (void)fclose(file);
    if (error != 0)
        return -error;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    *ret_text = mem_strndup(arena, text, n);
    return 0;
}

static int find_text(const void *arena, char *const environment[], const char *name, FILE *errors,
                     const char **ret_text)
{
    const char *path = file_path(arena, environment, environment_get(environment, name, "_FILE"));
    if (path == NULL) {
        *ret_text = mem_strdup(arena, environment_get(environment, name, ""));
        return 0;
    }
    int r = read_file(arena, path, ret_text);
    if (r < 0)
        fprintf(errors, "%s_FILE: cannot read %s: %s\n", name, path, strerror(-r));
    return r;
}

static int set_number(const struct setting *setting, const char *text, FILE *errors, int64_t *ret)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < setting->least ||
        value > setting->most) {
        fprintf(errors, "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64 "\n",
                setting->name, text, setting->least, setting->most);
        return -EINVAL;
    }
    *ret = value;
    return 0;
}

static int load_one(const void *arena, const struct setting *setting, char *const environment[],
                    FILE *errors, struct settings *settings)
{
    const char *text = NULL;
    int r = find_text(arena, environment, setting->name, errors, &text);
    if (r < 0)
        return r;
    if (text == NULL || *text == '\0')
        text = setting->fallback;
    void *member = (char *)settings + setting->at;
    if (!setting->number)
        *(const char **)member = setting->path ? file_path(arena, environment, text) : text;
    else if (text != NULL)
        return set_number(setting, text, errors, member);
    return 0;
}

#define KAFKA_PREFIX "KAFKA_CONF_"

static int load_kafka_conf(const void *arena, char *const environment[], FILE *errors,
                           struct settings *settings)
{
    int result = 0;
    size_t n = 0;
    struct settings_pair *pairs = mem_array(arena, struct settings_pair, 1);
    for (char *const *variable = environment; *variable != NULL; variable++) {
        if (strncmp(*variable, KAFKA_PREFIX, strlen(KAFKA_PREFIX)) != 0)
            continue;
        char *name = mem_strndup(arena, *variable, strcspn(*variable, "="));
        size_t length = strlen(name);
        if (length > 5 && strcmp(name + length - 5, "_FILE") == 0)
            name[length - 5] = '\0';
        const char *value = NULL;
        if (find_text(arena, environment, name, errors, &value) < 0) {
            result = -EINVAL;
            continue;
        }
        char *property = mem_strdup(arena, name + strlen(KAFKA_PREFIX));
        for (char *c = property; *c != '\0'; c++)
            *c = *c == '_' ? '.' : (char)tolower((unsigned char)*c);
        pairs = mem_grow(arena, pairs, struct settings_pair, n + 2);
        pairs[n++] = (struct settings_pair){property, value};
    }
    pairs[n] = (struct settings_pair){0};
    settings->kafka_conf = pairs;
    return result;
}

int settings_load(const void *arena, enum settings_service service, int64_t port,
                  char *const environment[], FILE *errors, struct settings *ret_settings)
{
    struct settings settings = {.port = port};
    int result = 0;
    for (const struct setting *s = table; s < TABLE_END; s++)
        if ((s->services & service) != 0 && load_one(arena, s, environment, errors, &settings) < 0)
            result = -EINVAL;
    if (load_kafka_conf(arena, environment, errors, &settings) < 0)
        result = -EINVAL;
    if (result == 0)
        *ret_settings = settings;
    return result;
}

void settings_help(enum settings_service service, int64_t port, FILE *out)
{
    fputs("Settings, as environment variables (<NAME>_FILE reads one from a file; a file's name "
          "alone "
          "is looked for in $CREDENTIALS_DIRECTORY):\n",
          out);
    for (const struct setting *s = table; s < TABLE_END; s++) {
        if ((s->services & service) == 0)
            continue;
        fprintf(out, "  %-26s %s", s->name, s->help);
        if (s->fallback != NULL)
            fprintf(out, " [%s]", s->fallback);
        else if (strcmp(s->name, "PORT") == 0)
            fprintf(out, " [%" PRId64 "]", port);
        fputc('\n', out);
    }
    fputs("  KAFKA_CONF_<PROPERTY>      any librdkafka property, e.g. KAFKA_CONF_SASL_PASSWORD\n",
          out);
}

const char *settings_help_of(const char *name)
{
    const struct setting *s = table;
    while (strcmp(s->name, name) != 0)
        s++;
    return s->help;
}

void settings_print(enum settings_service service, const struct settings *settings, FILE *out)
{
    for (const struct setting *s = table; s < TABLE_END; s++) {
        if ((s->services & service) == 0)
            continue;
        const void *member = (const char *)settings + s->at;
        const char *text = s->number ? NULL : *(const char *const *)member;
        if (s->number)
            fprintf(out, "%s=%" PRId64 "\n", s->name, *(const int64_t *)member);
        else
            fprintf(out, "%s=%s\n", s->name, text == NULL ? "" : s->secret ? "***" : text);
    }
    for (const struct settings_pair *p = settings->kafka_conf; p->name != NULL; p++)
        fprintf(out, "%s=***\n", p->name);
}
