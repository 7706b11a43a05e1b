#include "notify-svc/routes.h"

#define E "/v1/events/{event_id}"
#define N E "/notifications/{notification_id}"

const struct route notify_routes[] = {
    {"POST", E "/notifications", "notification.send", API_NOTIFY},
    {"GET", E "/notifications", "notification.list", API_NOTIFY | API_READ},
    {"GET", N, "notification.get", API_NOTIFY | API_READ},
    {"GET", N "/deliveries", "delivery.list", API_NOTIFY | API_READ},
    {"POST", N "/cancel", "notification.cancel", API_NOTIFY},
    {0},
};
