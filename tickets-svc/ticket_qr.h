/* ticket_qr: shows a ticket, as db-svc replied it, as a QR code of its code and signature. */
#pragma once

#include "libshared/service/facade.h"

facade_show ticket_qr_svg, ticket_qr_png;
