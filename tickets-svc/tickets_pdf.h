/* tickets_pdf: shows an order's tickets, as db-svc replied them, to print. */
#pragma once

#include "libshared/service/facade.h"

facade_show tickets_pdf;
