/* notify_settings: whether the settings of notify-svc make sense, before it starts. */
#pragma once

#include "libshared/service/service.h"

/* For `struct service`. */
bool notify_settings_check(const struct service_context *context, FILE *errors);
