/* db_settings: whether the settings of db-svc make sense, before it starts. */
#pragma once

#include "libshared/service/service.h"

/* For `struct service`. */
bool db_settings_check(const struct service_context *context, FILE *errors);
