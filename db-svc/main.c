/* db-svc: the database behind Kafka, and the administrators' door. */
#include "db-svc/db_settings.h"
#include "db-svc/dead_letters/tool.h"
#include "db-svc/parts.h"
#include "db-svc/routes.h"
#include "libshared/service/service.h"

int main(int argc, char **argv)
{
    static const char *const groups[] = {"db-svc", "db-svc-queries", NULL};
    static const struct service service = {
        .name = "db-svc",
        .settings = SETTINGS_DB,
        .port = 8080,
        .routes = db_routes,
        .groups = groups,
        .tool = &dead_letters_tool,
        .check = db_settings_check,
        .start = parts_start,
        .stop = parts_stop,
    };
    return service_main(argc, argv, &service);
}
