/* acls: the rights that a service needs in Kafka, from the table of topics and its routes, as lines
 * for kafka-acls. Describe comes with Read and Write. */
#pragma once

#include <stdio.h>

#include "libshared/service/service.h"

/* One command a right; the principal is User:<service>. */
void acls_print(const struct service *service, const struct route *const *tables, FILE *out);
