/* What the columns of a list hold, by their names. */
#include "tests/support/check_main.h"

#include <string.h>

#include "attendees-svc/column_name.h"
#include "attendees-svc/columns.h"
#include "attendees-svc/row_status.h"
#include "libshared/base/mem.h"

static void *arena;

static struct csv_row header_of(const char *text)
{
    struct csv_row row = {.line = 1, .cells = mem_array(arena, char *, CSV_CELLS_MAX)};
    char *rest = mem_strdup(arena, text);
    for (char *cell; (cell = strsep(&rest, "|")) != NULL;)
        row.cells[row.n++] = cell;
    return row;
}

static const char *faults_of(const char *what, const bool *fault)
{
    const char *said = "";
    for (size_t i = 0; i < COLUMNS; i++)
        if (fault[i])
            said = mem_printf(arena, "%s%s:%s ", said, what, column_texts[i]);
    return said;
}

/* Each column of the file with what it holds, and what is wrong. */
static const char *chosen(const char *header, const char *mapped)
{
    struct csv_row row = header_of(header);
    struct column_mapping mapping;
    struct columns columns;
    if (!column_mapping_read(arena, mapped, &mapping))
        return "no mapping";
    bool good = columns_choose(arena, &row, &mapping, &columns);
    const char *said = mem_printf(arena, "%s%s%s", faults_of("missing", columns.missing),
                                  faults_of("unknown", columns.unknown),
                                  faults_of("ambiguous", columns.ambiguous));
    ck_assert(good == (*said == '\0'));
    for (size_t i = 0; i < columns.n; i++)
        for (size_t column = 0; column < COLUMNS; column++)
            if ((columns.holds[i] & 1u << column) != 0)
                said = mem_printf(arena, "%s%zu=%s ", said, i, column_texts[column]);
    return said;
}

static const char *const by_name[][2] = {
    {"name|email", "0=name 1=email "},
    {"NAME| E-mail |Shoe", "0=name 1=email "},
    {"Vorname|Nachname|E-Mail-Adresse|Telefon|Bemerkung",
     "0=first_name 1=last_name 2=email 3=phone "},
    {"Nombre|Apellidos|Correo electrónico|Teléfono|DNI",
     "0=first_name 1=last_name 2=email 3=phone "},
    {"Nombre|Correo", "0=name 1=email "},
    {"Nom|Prénom|Courriel", "0=last_name 1=first_name 2=email "},
    {"Name|Vorname|Mail", "0=last_name 1=first_name 2=email "},
    {"Cognome|Nome|Indirizzo e-mail", "0=last_name 1=first_name 2=email "},
    {"Imię i nazwisko|Adres e-mail", "0=name 1=email "},
    {"Имя|Фамилия|Электронная почта|Телефон", "0=first_name 1=last_name 2=email 3=phone "},
    {"이름|이메일", "0=name 1=email "},
    {"氏名|メールアドレス", "0=name 1=email "},
    {"First Name|Email", "0=first_name 1=email "},
    {"name|first_name|last_name|email", "1=first_name 2=last_name 3=email "},
    {"Full name|Last name|Email", "0=name 2=email "},
    {"Your name *|E-mail (required)|Phone number [optional]", "0=name 1=email 2=phone "},
    {"Order #|Order Date|First Name|Last Name|Email|Quantity|Ticket Type|Attendee #|Barcode #|"
     "Attendee Status|Cell Phone",
     "2=first_name 3=last_name 4=email 9=status 10=phone "},
    {"id|external_id|name|email|phone|locale|status|marketing_consent|created_at|updated_at",
     "1=external_id 2=name 3=email 4=phone 5=locale 6=status 7=marketing_consent "},
    {"Name|Email|Order status|Status", "0=name 1=email 2=status 3=status "},
    {"Ticket Name|Company name|Name|Email", "2=name 3=email "},
};

START_TEST(columns_are_known_by_their_names)
{
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++)
        ck_assert_str_eq(chosen(by_name[i][0], ""), by_name[i][1]);
    mem_free(arena);
}
END_TEST

static const char *const by_person[][2] = {
    {"Buyer First Name|Buyer Last Name|Buyer Email|First Name|Last Name|Email",
     "3=first_name 4=last_name 5=email "},
    {"Name|Email|Attendee name|Attendee email", "2=name 3=email "},
    {"Nombre del comprador|Correo del comprador|Nombre del asistente|Correo del asistente",
     "2=name 3=email "},
    {"Buyer name|Buyer e-mail|Buyer phone", "0=name 1=email 2=phone "},
    {"Name|Email|Buyer phone", "0=name 1=email "},
    {"Buyer name|Email|Buyer phone", "0=name 1=email "},
    {"Ticket holder name|Ticket holder's email", "0=name 1=email "},
};

START_TEST(the_attendees_columns_win_over_the_buyers)
{
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof by_person / sizeof *by_person; i++)
        ck_assert_str_eq(chosen(by_person[i][0], ""), by_person[i][1]);
    mem_free(arena);
}
END_TEST

static const char *const by_mapping[][3] = {
    {"name|Full name|email|Mail", "name:Full name,email:Mail", "1=name 3=email "},
    {"a|b|c", "name:a,email:b", "0=name 1=email "},
    {"Last, first|b", "name:Last, first,email:b", "0=name 1=email "},
    {"Telefono|NOMBRE|Email", "name:nombre,phone:Teléfono", "0=phone 1=name 2=email "},
    {"name|email|phone|mobile", "phone:mobile", "0=name 1=email 3=phone "},
    {"name|email|phone|mobile", "phone:", "0=name 1=email "},
    {"name|email|Nick", "name:Nick", "1=email 2=name "},
    {"email|b", "name:email,email:email", "0=name 0=email "},
    {"Surname|Given|email|name", "first_name:Given,last_name:Surname",
     "0=last_name 1=first_name 2=email "},
    {"name|email|Status", "status:", "0=name 1=email "},
    {"name|email", "phone:Mobile", "unknown:phone 0=name 1=email "},
    {"a|a|email", "name:a", "ambiguous:name 0=name 1=name 2=email "},
    {"name|email", "shoe:size", "no mapping"},
    {"name|email", "name", "no mapping"},
    {"name|email", "name:a,name:b", "no mapping"},
};

START_TEST(a_mapping_wins_over_all_guesses)
{
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof by_mapping / sizeof *by_mapping; i++)
        ck_assert_str_eq(chosen(by_mapping[i][0], by_mapping[i][1]), by_mapping[i][2]);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_missing_or_ambiguous_is_told)
{
    static const char *const rows[][2] = {
        {"name|phone", "missing:email 0=name 1=phone "},
        {"shoe", "missing:name missing:email "},
        {"Name|Mail|E-mail", "ambiguous:email 0=name 1=email 2=email "},
        {"Name|Nombre|email|Phone|Mobile",
         "ambiguous:name ambiguous:phone 0=name 1=name 2=email 3=phone 4=phone "},
    };
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(chosen(rows[i][0], ""), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(each_name_in_the_table_is_known_by_itself)
{
    static const struct {
        enum column_kind kind;
        const char *text;
    } names[] = {
#define COLUMN_NAME(kind, text) {COLUMN_##kind, text},
#include "attendees-svc/column_names.def"
#undef COLUMN_NAME
    };
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(column_name_read(arena, names[i].text).kind == names[i].kind, "%s",
                      names[i].text);
    mem_free(arena);
}
END_TEST

/* A line of a list may be so long; what a name costs is not to grow with the square of it. */
START_TEST(a_long_name_costs_little)
{
    arena = mem_arena(NULL, 0);
    char *name = mem_zeroed(arena, CSV_ROW_MAX);
    for (size_t i = 0; i + 2 < CSV_ROW_MAX; i += 2)
        memcpy(name + i, "a ", 2);
    ck_assert_int_eq(column_name_read(arena, name).kind, COLUMN_UNKNOWN);
    memcpy(name, "E-mail (", 8);
    ck_assert_int_eq(column_name_read(arena, name).kind, COLUMN_EMAIL);
    mem_free(arena);
}
END_TEST

START_TEST(a_status_may_say_that_somebody_does_not_come)
{
    arena = mem_arena(NULL, 0);
    ck_assert(row_status_is_gone(arena, "Refunded"));
    ck_assert(row_status_is_gone(arena, " not-attending "));
    ck_assert(row_status_is_gone(arena, "Annulé"));
    ck_assert(row_status_is_gone(arena, "rückerstattet"));
    ck_assert(!row_status_is_gone(arena, "Attending"));
    ck_assert(!row_status_is_gone(arena, ""));
    mem_free(arena);
}
END_TEST

CHECK_MAIN("columns", columns_are_known_by_their_names, the_attendees_columns_win_over_the_buyers,
           a_mapping_wins_over_all_guesses, what_is_missing_or_ambiguous_is_told,
           each_name_in_the_table_is_known_by_itself, a_long_name_costs_little,
           a_status_may_say_that_somebody_does_not_come)
