/* currency: the currencies of ISO 4217 that there are. Pure; any thread. */
#pragma once

/* How many digits the minor unit has, e.g. 2 for EUR; -1: there is no such currency. */
int currency_digits(const char *code);
