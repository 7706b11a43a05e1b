/* scanning: every scan as it is kept, each once: a gate's own retry of one that it names, or of one
 * of that time, is the same scan.
 *
 * Scans are as the gate sent them, with its time if it gave one. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "db-svc/rules/sales/gate_found.h"

/* The key by which a scan is found; NULL: it has neither a nonce nor a time. In the decision's
 * arena. */
const char *scanning_key(struct decision *decision, const char *event_id,
                         const struct offline_scan *scan);
/* The record of that scan from before this decision, of its admission, else of its refusal. NULL:
 * none. */
/* Wants what scanning_kept() and scanning_keep() look at. */
void scanning_want(struct decision *decision, const char *key);
const struct scan *scanning_kept(struct decision *decision, const char *key);
/* `at`: when it was made. A refusal that is kept already is not kept again. */
void scanning_keep(struct decision *decision, const struct event *event,
                   const struct gate_found *found, const struct offline_scan *scan, int64_t at,
                   enum scan_result result);
