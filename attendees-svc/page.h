/* page: where a person's link leads: a page that asks, and sends the token only once its button is
 * pressed, since what reads mails for people follows their links. English or Spanish, as the
 * browser asks. Constant; needs no key; holds no token: that stays behind the # in the browser. */
#pragma once

#include "libshared/service/facade.h"

facade_serve page_show;
