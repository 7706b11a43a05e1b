/* attendees-svc: the people on an event's list. */
#include "attendees-svc/page.h"
#include "attendees-svc/routes.h"
#include "libshared/service/service.h"

int main(int argc, char **argv)
{
    static const struct service service = {
        .name = "attendees-svc",
        .settings = SETTINGS_ATTENDEES,
        .port = 8082,
        .routes = attendees_routes,
        .start = page_start,
    };
    return service_main(argc, argv, &service);
}
