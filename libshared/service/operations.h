/* operations: what became of a command, for whoever sent it over HTTP: an operation is told only to
 * the key that sent it, and to admin. */
#pragma once

#include "libshared/service/facade_call.h"

/* Serves GET /v1/operations/{operation_id}. */
void operations_serve(struct facade_call *call);
extern const struct route_document operations_document;
