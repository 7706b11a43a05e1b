/* unsubscribe: a person's way out of marketing: what a mail program posts at the press of its
 * button (RFC 8058: a form that says so, and the token in the query), or the token as JSON. Needs
 * no key. */
#pragma once

#include "libshared/service/facade.h"

facade_serve unsubscribe;
