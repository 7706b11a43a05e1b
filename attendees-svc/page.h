/* page: where a person's link leads: a page that asks, and sends the token only once its button is
 * pressed, since what reads mails for people follows their links. English or Spanish, as the
 * browser asks. Constant; needs no key; holds no token: that stays behind the # in the browser. It
 * is made of the files in page/. */
#pragma once

#include "libshared/service/service.h"

/* The service's hook: reads the files. */
int page_start(struct service_context *context);
facade_serve page_show;
