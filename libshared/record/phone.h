/* phone: phone numbers as people write them. Pure. */
#pragma once

/* The number by E.164, in the arena: blanks, hyphens, dots, slashes and brackets are left out, as
 * is one "(0)", and 00 is +. NULL: it is no phone number with its country's code. */
const char *phone_read(const void *arena, const char *text);
