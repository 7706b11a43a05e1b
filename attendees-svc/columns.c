#include "attendees-svc/columns.h"

#include <string.h>

#include "attendees-svc/column_name.h"
#include "libshared/base/mem.h"

const char *const column_texts[COLUMNS + 1] = {
    "name",        "first_name", "last_name",         "email",  "phone",
    "external_id", "locale",     "marketing_consent", "status", NULL};

/* --- What the request says --- */

/* COLUMNS: the text does not begin with one and a colon. */
static enum column column_at(const char *text)
{
    size_t n = strcspn(text, ":"), i = 0;
    if (text[n] == '\0')
        return COLUMNS;
    while (i < COLUMNS && (strlen(column_texts[i]) != n || strncmp(column_texts[i], text, n) != 0))
        i++;
    return (enum column)i;
}

static size_t pair_length(const char *text)
{
    for (const char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma + 1, ','))
        if (column_at(comma + 1) != COLUMNS)
            return (size_t)(comma - text);
    return strlen(text);
}

bool column_mapping_read(const void *arena, const char *text, struct column_mapping *ret_mapping)
{
    struct column_mapping mapping = {0};
    for (size_t n; *text != '\0'; text += n + (text[n] == ',')) {
        enum column column = column_at(text);
        n = pair_length(text);
        if (column == COLUMNS || mapping.named[column] != NULL)
            return false;
        size_t before = strlen(column_texts[column]) + 1;
        mapping.named[column] = mem_strndup(arena, text + before, n - before);
    }
    *ret_mapping = mapping;
    return true;
}

/* --- The choice --- */

struct choice {
    const void *arena;
    const struct csv_row *header;
    const struct column_mapping *mapping;
    struct columns *columns;
    struct column_name names[CSV_CELLS_MAX];
};

/* How many columns have the name, letter by letter or, if none has, by its words. */
static size_t take_named(struct choice *choice, enum column column, bool folded)
{
    const void *arena = choice->arena;
    const char *named = choice->mapping->named[column];
    size_t found = 0;
    for (size_t i = 0; i < choice->header->n; i++) {
        const char *cell = choice->header->cells[i];
        if (folded ? strcmp(column_name_fold(arena, cell), column_name_fold(arena, named)) != 0
                   : strcmp(cell, named) != 0)
            continue;
        choice->columns->holds[i] |= 1u << column;
        found++;
    }
    return found;
}

static void take_mapping(struct choice *choice)
{
    for (int i = 0; i < COLUMNS; i++) {
        const char *named = choice->mapping->named[i];
        if (named == NULL || *named == '\0')
            continue;
        size_t found = take_named(choice, i, false);
        found = found > 0 ? found : take_named(choice, i, true);
        choice->columns->unknown[i] = found == 0;
        choice->columns->ambiguous[i] = found > 1;
    }
}

/* What the request names is nothing else besides. */
static void read_names(struct choice *choice)
{
    for (size_t i = 0; i < choice->header->n; i++)
        if (choice->columns->holds[i] == 0)
            choice->names[i] = column_name_read(choice->arena, choice->header->cells[i]);
}

static size_t count(const struct choice *choice, enum column_kind kind, enum column_of of)
{
    size_t n = 0;
    for (size_t i = 0; i < choice->header->n; i++)
        n += choice->names[i].kind == kind && choice->names[i].of == of;
    return n;
}

/* COLUMN_OWNERS: there is none. */
static enum column_of nearest(const struct choice *choice, enum column_kind kind)
{
    enum column_of of = COLUMN_OF_ATTENDEE;
    while (of < COLUMN_OWNERS && count(choice, kind, of) == 0)
        of++;
    return of;
}

static void take(struct choice *choice, enum column column, enum column_kind kind,
                 enum column_of of)
{
    for (size_t i = 0; i < choice->header->n; i++)
        if (choice->names[i].kind == kind && choice->names[i].of == of)
            choice->columns->holds[i] |= 1u << column;
    choice->columns->ambiguous[column] |= count(choice, kind, of) > 1;
}

static bool is_mapped(const struct choice *choice, enum column column)
{
    return choice->mapping->named[column] != NULL;
}

/* Beside one part of a name, a column that is just called "name" holds the other. */
static void take_parts(struct choice *choice, enum column_of of)
{
    bool any = count(choice, COLUMN_ANY_NAME, of) > 0,
         first = count(choice, COLUMN_FIRST_NAME, of) > 0,
         last = count(choice, COLUMN_LAST_NAME, of) > 0;
    take(choice, COLUMN_TAKES_FIRST_NAME, first || !last ? COLUMN_FIRST_NAME : COLUMN_ANY_NAME, of);
    take(choice, COLUMN_TAKES_LAST_NAME, last || !first ? COLUMN_LAST_NAME : COLUMN_ANY_NAME, of);
    if (any && !first && !last)
        take(choice, COLUMN_TAKES_NAME, COLUMN_ANY_NAME, of);
}

static void take_name(struct choice *choice)
{
    static const enum column_kind kinds[] = {COLUMN_FULL_NAME, COLUMN_ANY_NAME, COLUMN_FIRST_NAME,
                                             COLUMN_LAST_NAME};
    enum column_of of = COLUMN_OWNERS;
    if (is_mapped(choice, COLUMN_TAKES_NAME) || is_mapped(choice, COLUMN_TAKES_FIRST_NAME) ||
        is_mapped(choice, COLUMN_TAKES_LAST_NAME))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        enum column_of at = nearest(choice, kinds[i]);
        of = at < of ? at : of;
    }
    if (count(choice, COLUMN_FULL_NAME, of) > 0)
        take(choice, COLUMN_TAKES_NAME, COLUMN_FULL_NAME, of);
    else
        take_parts(choice, of);
}

/* What a buyer is, an attendee with an address of their own is not. */
static void take_others(struct choice *choice, enum column_of furthest)
{
    static const struct {
        enum column column;
        enum column_kind kind;
    } others[] = {{COLUMN_TAKES_PHONE, COLUMN_PHONE},
                  {COLUMN_TAKES_EXTERNAL_ID, COLUMN_EXTERNAL_ID},
                  {COLUMN_TAKES_LOCALE, COLUMN_LOCALE},
                  {COLUMN_TAKES_MARKETING_CONSENT, COLUMN_MARKETING_CONSENT}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        enum column_of of = nearest(choice, others[i].kind);
        if (!is_mapped(choice, others[i].column) && of <= furthest)
            take(choice, others[i].column, others[i].kind, of);
    }
}

/* Each that says that somebody does not come counts, so they are not ambiguous. */
static void take_statuses(struct choice *choice)
{
    for (size_t i = 0; i < choice->header->n && !is_mapped(choice, COLUMN_TAKES_STATUS); i++)
        if (choice->names[i].kind == COLUMN_STATUS)
            choice->columns->holds[i] |= 1u << COLUMN_TAKES_STATUS;
}

static bool is_held(const struct choice *choice, enum column column)
{
    unsigned all = 0;
    for (size_t i = 0; i < choice->header->n; i++)
        all |= choice->columns->holds[i];
    return (all & 1u << column) != 0;
}

static bool find_faults(const struct choice *choice)
{
    struct columns *columns = choice->columns;
    bool named = is_held(choice, COLUMN_TAKES_NAME) || is_held(choice, COLUMN_TAKES_FIRST_NAME) ||
                 is_held(choice, COLUMN_TAKES_LAST_NAME);
    columns->missing[COLUMN_TAKES_NAME] = !named;
    columns->missing[COLUMN_TAKES_EMAIL] = !is_held(choice, COLUMN_TAKES_EMAIL);
    bool fault = false;
    for (int i = 0; i < COLUMNS; i++)
        fault |= columns->missing[i] || columns->unknown[i] || columns->ambiguous[i];
    return fault;
}

bool columns_choose(const void *arena, const struct csv_row *header,
                    const struct column_mapping *mapping, struct columns *ret_columns)
{
    void *scratch = mem_arena(arena, 0);
    struct choice choice = {
        .arena = scratch, .header = header, .mapping = mapping, .columns = ret_columns};
    *ret_columns = (struct columns){.n = header->n};
    take_mapping(&choice);
    read_names(&choice);
    take_name(&choice);
    enum column_of of = nearest(&choice, COLUMN_EMAIL);
    if (is_mapped(&choice, COLUMN_TAKES_EMAIL))
        of = COLUMN_OF_ATTENDEE;
    else
        take(&choice, COLUMN_TAKES_EMAIL, COLUMN_EMAIL, of);
    take_others(&choice, of == COLUMN_OF_BUYER ? COLUMN_OF_BUYER : COLUMN_OF_ANYBODY);
    take_statuses(&choice);
    bool fault = find_faults(&choice);
    mem_free(scratch);
    return !fault;
}
