/* callbacks: the routes by which carriers tell what became of a message. They need no API key, but
 * CALLBACK_SECRET or an address that was signed with it, see callback.h. */
#pragma once

#include "libshared/service/facade.h"

/* GET /v1/callbacks/sms: Kannel's. */
facade_serve callbacks_kannel;
/* POST: a report as JSON; of text messages also as Twilio's form. */
facade_serve callbacks_sms, callbacks_email;
