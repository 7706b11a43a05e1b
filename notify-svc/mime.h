/* mime: an e-mail's body in its parts (RFC 2045, 2046, 2387, 2392).
 *
 *   mixed
 *     alternative
 *       text/plain
 *       related            without pictures: the HTML alone
 *         text/html
 *         image/jpeg       inline, shown by the HTML: the event's picture
 *         image/png ...    likewise: the QR codes
 *     application/pdf      the tickets to print, if there are some
 *     text/calendar        if there is one
 *
 * Any thread; libcurl copies what the e-mail holds. */
#pragma once

#include "notify-svc/email.h"

/* The caller frees it, after the transfer and before `curl`. */
curl_mime *mime_body(CURL *curl, const struct email *email);
