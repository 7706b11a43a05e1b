/* tickets-svc: availability, orders, check-ins. */
#include "tickets-svc/routes.h"
#include "libshared/service/service.h"
#include "tickets-svc/serve.h"

int main(int argc, char **argv)
{
    static const struct service service = {
        .name = "tickets-svc",
        .settings = SETTINGS_TICKETS,
        .port = 8081,
        .routes = tickets_routes,
        .start = serve_start,
        .on_reply = serve_on_reply,
        .stop = serve_stop,
    };
    return service_main(argc, argv, &service);
}
