#include "attendees-svc/column_name.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define TICKET "ticket "
#define NAME_MAX_BYTES 200 /* to tell words apart costs its square */

static const struct {
    enum column_kind kind;
    const char *text;
} names[] = {
#define COLUMN_NAME(kind, text) {COLUMN_##kind, text},
#include "attendees-svc/column_names.def"
#undef COLUMN_NAME
};

/* Folded; each stands between blanks. */
static const char attendees[] =
    " attendee attendees participant guest visitor holder ticketholder asistente participante"
    " invitado invitada titular assistent teilnehmer teilnehmerin teilnehmers gast gastes invite"
    " partecipante ospite deelnemer uczestnik uczestnika deltagare deltager convidado ";
static const char buyers[] =
    " buyer purchaser order billing customer client payer comprador compradora cliente pedido"
    " facturacion kaufer kaufers kaeufer besteller bestellers kunde kunden rechnung acheteur"
    " commande facturation acquirente ordine pagador koper kupujacy kopare kober ";
static const char fillers[] = " of the your s de del la el los las tu su du des d l le votre der "
                              "die das dem ihr ihre do da dos"
                              " della dell di il van het uw je ";

char *column_name_fold(const void *arena, const char *text)
{
    char *folded = text_fold(arena, text, false), *to = folded;
    for (const char *from = folded; *from != '\0'; from++)
        if (isalnum((unsigned char)*from) || (unsigned char)*from >= 0x80)
            *to++ = *from;
        else if (to > folded && to[-1] != ' ')
            *to++ = ' ';
    while (to > folded && to[-1] == ' ')
        to--;
    *to = '\0';
    return folded;
}

/* Those in ASCII stand folded in the table. */
static const char *folded_name(const void *arena, const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            return column_name_fold(arena, text);
    return text;
}

static enum column_kind kind_of(const void *arena, const char *folded)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(folded_name(arena, names[i].text), folded) == 0)
            return names[i].kind;
    return COLUMN_UNKNOWN;
}

static bool is_among(const void *arena, const char *words, const char *word)
{
    return strstr(words, mem_printf(arena, " %s ", word)) != NULL;
}

/* Leaves out whose it is, and what only joins the words. */
static char *without_owner(const void *arena, char *folded, enum column_of *ret_of)
{
    char *left = mem_strdup(arena, ""), *rest = folded;
    for (const char *word; (word = strsep(&rest, " ")) != NULL;)
        if (is_among(arena, attendees, word))
            *ret_of = COLUMN_OF_ATTENDEE;
        else if (is_among(arena, buyers, word))
            *ret_of = COLUMN_OF_BUYER;
        else if (!is_among(arena, fillers, word))
            left = mem_printf(arena, "%s%s%s", left, *left != '\0' ? " " : "", word);
    bool of_holder = *ret_of == COLUMN_OF_ATTENDEE && strncmp(left, TICKET, strlen(TICKET)) == 0;
    return of_holder ? left + strlen(TICKET) : left; /* "Ticket holder name" */
}

static struct column_name read_name(const void *arena, const char *text)
{
    struct column_name name = {.of = COLUMN_OF_ANYBODY};
    if (strlen(text) > NAME_MAX_BYTES)
        return name;
    char *folded = column_name_fold(arena, text);
    name.kind = kind_of(arena, folded);
    if (name.kind == COLUMN_UNKNOWN)
        name.kind = kind_of(arena, without_owner(arena, folded, &name.of));
    return name;
}

struct column_name column_name_read(const void *arena, const char *text)
{
    void *scratch = mem_arena(arena, 0);
    struct column_name name = read_name(scratch, text);
    size_t plain = strcspn(text, "([:*");
    if (name.kind == COLUMN_UNKNOWN && text[plain] != '\0')
        name = read_name(scratch, mem_strndup(scratch, text, plain)); /* "E-mail (required)" */
    mem_free(scratch);
    return name;
}
