/* notify-svc: messages to many, by e-mail and SMS. */
#include "notify-svc/routes.h"
#include "libshared/service/service.h"

int main(int argc, char **argv)
{
    static const struct service service = {
        .name = "notify-svc",
        .settings = SETTINGS_NOTIFY,
        .port = 8083,
        .routes = notify_routes,
    };
    return service_main(argc, argv, &service);
}
