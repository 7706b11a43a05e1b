#include "db-svc/db_settings.h"

#include "db-svc/store/store.h"
#include "libshared/contract/self_service.h"
#include "libshared/contract/signing.h"

/* Says what is wrong, and never the value: it may hold a password. */
static bool check(FILE *errors, bool right, const char *name, const char *wrong)
{
    if (!right)
        fprintf(errors, "%s: %s\n", name, wrong);
    return right;
}

static bool check_url(FILE *errors, const char *name, const char *url)
{
    return check(errors, self_service_url_valid(url), name,
                 "no address of http or https without a slash at its end");
}

static bool check_signing_key(FILE *errors, const char *seed)
{
    struct signing_key key;
    return check(errors, seed == NULL || signing_key_read(seed, &key), "TICKET_SIGNING_KEY",
                 "not 64 hexadecimal digits");
}

bool db_settings_check(const struct service_context *context, FILE *errors)
{
    const struct settings *settings = context->settings;
    bool uri = check(errors, store_uri_valid(settings->mongo_uri), "MONGO_URI",
                     "no MongoDB URI, such as mongodb://host:27017/?replicaSet=name");
    bool database = check(
        errors, store_database_valid(settings->mongo_db), "MONGO_DB",
        "no name of a database: 1 to 63 bytes, without blanks or any of / \\ . \" $ * < > : | ?");
    bool key = check_signing_key(errors, settings->ticket_signing_key);
    bool own = check_url(errors, "SELF_SERVICE_URL", settings->self_service_url);
    bool page = check_url(errors, "ORDER_PAGE_URL", settings->order_page_url);
    return uri && database && key && own && page;
}
