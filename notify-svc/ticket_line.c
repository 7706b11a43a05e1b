#include "notify-svc/ticket_line.h"

#include "libshared/base/mem.h"

char *ticket_line(const void *arena, const struct delivery_ticket *ticket)
{
    const char *type = ticket->type != NULL ? ticket->type : "";
    const char *holder = ticket->holder != NULL ? ticket->holder : "";
    const char *comma = *type != '\0' && *holder != '\0' ? ", " : "";
    const char *colon = *type != '\0' || *holder != '\0' ? ": " : "";
    return mem_printf(arena, "%s%s%s%s%s", type, comma, holder, colon, ticket->code);
}
