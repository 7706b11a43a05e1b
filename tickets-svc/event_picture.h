/* event_picture: the picture of an event for whoever wants to see it, such as the page of an order:
 * no key is needed but for a draft's, and most of the time neither Kafka nor the database is
 * touched. */
#pragma once

#include "libshared/service/facade.h"

facade_serve event_picture_serve;
