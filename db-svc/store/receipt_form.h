/* receipt_form: whether receipts are written packed. Internal to the store. */
#pragma once

#include "db-svc/store/store.h"

/* Learns it from the database. */
int receipt_form_load(struct store *store) __attribute__((warn_unused_result));
