/* receipt_id: the name of a command's receipt. Pure. */
#pragma once

#include "db-svc/store/receipt.h"

/* The SHA-256 of the command's ce_source and ce_id. */
void receipt_id(uint8_t ret_id[RECEIPT_ID], const char *source, const char *id);
