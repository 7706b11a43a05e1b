/* notify-svc: messages to many, by e-mail and SMS. */
#include "libshared/service/service.h"
#include "notify-svc/deliver.h"
#include "notify-svc/notify_settings.h"
#include "notify-svc/routes.h"

int main(int argc, char **argv)
{
    static const char *const groups[] = {"notify-svc", NULL}, *const asks[] = {"picture.get", NULL};
    static const struct service service = {
        .name = "notify-svc",
        .settings = SETTINGS_NOTIFY,
        .port = 8083,
        .routes = notify_routes,
        .groups = groups,
        .asks = asks,
        .check = notify_settings_check,
        .start = deliver_start,
        .stop = deliver_stop,
    };
    return service_main(argc, argv, &service);
}
