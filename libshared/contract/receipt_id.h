/* receipt_id: the name of a command's receipt, and of the problem that refuses it. Pure. */
#pragma once

#include <stdint.h>

#define RECEIPT_ID 32

/* The SHA-256 of the command's ce_source and ce_id. */
void receipt_id(uint8_t ret_id[RECEIPT_ID], const char *source, const char *id);
