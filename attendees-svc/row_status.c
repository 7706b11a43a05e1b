#include "attendees-svc/row_status.h"

#include <string.h>

#include "attendees-svc/column_name.h"
#include "libshared/base/mem.h"

/* Folded as names of columns are. */
static const char *const gone[] = {
    "refunded",    "cancelled",    "canceled",      "deleted",       "void",        "voided",
    "declined",    "rejected",     "not going",     "not attending", "expired",     "abandoned",
    "cancelado",   "cancelada",    "anulado",       "anulada",       "reembolsado", "reembolsada",
    "devuelto",    "devuelta",     "devolvido",     "devolvida",     "rechazado",   "rechazada",
    "storniert",   "erstattet",    "ruckerstattet", "abgesagt",      "abgemeldet",  "geloscht",
    "annule",      "annulee",      "rembourse",     "remboursee",    "refuse",      "refusee",
    "annullato",   "annullata",    "cancellato",    "cancellata",    "rimborsato",  "rimborsata",
    "geannuleerd", "terugbetaald", "afgemeld",      "anulowany",     "anulowana",   "anulowane",
    "zwrocony",    "zwrocone",     "avbokad",       "aterbetald",    "annulleret",  "refunderet",
    "avbestilt",   "refundert",    "peruttu",       "hyvitetty",     "отменен",     "отменено",
};

bool row_status_is_gone(const void *arena, const char *status)
{
    char *folded = column_name_fold(arena, status);
    bool found = false;
    for (size_t i = 0; i < sizeof gone / sizeof *gone && !found; i++)
        found = strcmp(folded, gone[i]) == 0;
    mem_free(folded);
    return found;
}
