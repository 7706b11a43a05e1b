/* script: the commands of a recorded run, in order. In bodies ' stands for ", $name for the id of
 * what the step of that label answered, $name.path for a text in it, $offerN for the Nth
 * delivery that was offered, and $last_suppressions for the record of that collection which was
 * changed last. People are called Secret, so that no fact that tells of them goes
 * unseen. Included once. */
#pragma once

struct step {
    const char *label;
    const char *type, *body; /* of a command by token: the attendee's id */
    int seconds;             /* that pass before */
    int times, steps;        /* this and the next ones, `steps` in all, are run so often; 0: 1 */
};

#define MORE_THAN_A_PAGE 102
#define MORE_THAN_ONE_SEARCH 402 /* orders that a person's tickets are looked for in */
#define E "'event_id':'$gala'"
#define A(name) "{" E ",'attendee_id':'$" name "'}"
#define O(name) "{" E ",'order_id':'$" name "'}"
#define N(name) "{" E ",'notification_id':'$" name "'}"
#define BUYER(name) "'buyer':{'name':'" name " Secret','email':'" name "@example.org'}"
#define BUY(type, n, rest)                                                                         \
    "{" E ",'items':[{'ticket_type_id':'$" type "','quantity':" #n "}]," rest "}"
#define EUR(amount) "{'amount':" #amount ",'currency':'EUR'}"
#define IMPORT "'import_id':'import_01jz3w4v9he8qb2m5x7k6d0c1n'"
#define OTHER_IMPORT "'import_id':'import_01jz3w4v9he8qb2m5x7k6d0c2n'"
#define EVENT(name)                                                                                \
    "{'name':'" name "','starts_at':'2026-06-01T20:00:00+02:00','time_zone':'Europe/Madrid',"      \
    "'location':'Teatro Real','category':'concert','currency':'EUR'"
/* Of two pixels. */
#define PICTURE                                                                                    \
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////"     \
    "////////////////////////////////wAALCAABAAIBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI"     \
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcY"     \
    "GRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj"     \
    "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AI6/"     \
    "/9k="
#define TEXT "'subject':'About {{event.name}}','message':'Dear {{recipient.name}},\\nsoon.'"

static const struct step script[] = {
    /* Events and what is sold of them. */
    {"gala", "event.create",
     EVENT("Spring Gala") ",'pools':[{'name':'hall','capacity':50}],"
                          "'messages':{'welcome':true,'tickets':true,'changes':true,"
                          "'reminder':'P1D'},'metadata':{'season':'spring'}}"},
    {NULL, "event.update", "{" E ",'patch':{'status':'published','description':'Two\\nlines'}}"},
    {"general", "ticket_type.create",
     "{" E ",'type':'general','name':'General','capacity':40,'pool':'hall','price':" EUR(
         2500) ","
               "'per_buyer_limit':30}"},
    {"vip", "ticket_type.create",
     "{" E ",'type':'vip','name':'VIP','capacity':20,'pool':'hall','price':" EUR(9000) "}"},
    {"spare", "ticket_type.create",
     "{" E ",'type':'spare','name':'Spare','capacity':5,'price':" EUR(100) "}"},
    {NULL, "ticket_type.update", "{" E ",'ticket_type_id':'$vip','patch':{'capacity':25}}"},
    {NULL, "ticket_type.replace",
     "{" E ",'ticket_type_id':'$vip','type':'vip','name':'Very important','capacity':22,"
     "'pool':'hall','price':" EUR(9500) "}"},
    {NULL, "ticket_type.update", "{" E ",'ticket_type_id':'$vip','patch':{'capacity':1000}}"},
    {NULL, "ticket_type.delete", "{" E ",'ticket_type_id':'$spare'}"},

    /* People. */
    {"ana", "attendee.register",
     "{" E ",'name':'Ana Secret','email':'Ana@example.org','phone':'+34600111222',"
     "'locale':'es','external_id':'a-1','marketing_consent':{'given':true,'source':'form'},"
     "'metadata':{'diet':'none'}}"},
    {"bob", "attendee.register", "{" E ",'name':'Bob Secret','email':'bob@example.org'}"},
    {"eva", "attendee.register",
     "{" E ",'name':'Eva Secret','email':'eva@example.org','phone':'+34 600 333 444'}"},
    {NULL, "attendee.register", "{" E ",'name':'Ana Secret','email':'ana@EXAMPLE.org'}"},
    {NULL, "attendee.confirm", A("ana")},
    {NULL, "attendee.update", "{" E ",'attendee_id':'$bob','patch':{'phone':'+34600555666'}}"},
    {NULL, "attendee.replace",
     "{" E ",'attendee_id':'$bob','name':'Bob B. Secret','email':'bob@example.org'}"},
    {NULL, "attendee.confirm_by_token", "$eva"},
    {NULL, "attendee.unsubscribe_by_token", "$ana"},
    {NULL, "attendee.import",
     "{" E "," IMPORT ",'rows':[{'line':2,'name':'Ida Secret','email':'ida@example.org',"
     "'marketing_consent':'yes','phone':'600 1'},{'line':3,'name':'No Secret','email':'none'},"
     "{'line':4,'name':'Ana Secret','email':'ana@example.org'}],"
     "'errors':[{'line':5,'column':'status','code':'skipped'}],'ignored_columns':['Shoe size'],"
     "'lenient':['phone'],'reached':'page-1'}"},
    {NULL, "attendee.import",
     "{" E "," IMPORT ",'rows':[{'line':6,'name':'Oto Secret','email':'oto@example.org'}],"
     "'follows':'page-1','reached':'page-2','end':'done'}"},
    {NULL, "attendee.import",
     "{" E "," OTHER_IMPORT ",'rows':[{'line':2,'name':'Uwe Secret','email':'uwe@example.org'}]}"},
    {NULL, "attendee.import_lapse", "{" E "," OTHER_IMPORT "}", .seconds = 120},

    /* Sales. */
    {"first", "order.place",
     BUY("general", 3, "'external_id':'o-1','metadata':{'row':'1'}," BUYER("ana"))},
    {"held", "order.place", BUY("general", 2, "'hold_seconds':600," BUYER("eva"))},
    {"lapsing", "order.place", BUY("vip", 2, "'hold_seconds':60," BUYER("ida"))},
    {"paid", "order.place", BUY("vip", 2, "'hold_seconds':900," BUYER("oto"))},
    {"short", "order.place", BUY("vip", 50, BUYER("uwe"))},
    {NULL, "order.place", BUY("general", 28, BUYER("ana"))},
    {NULL, "order.extend", O("held")},
    {NULL, "order.extend", O("held")},
    {NULL, "order.confirm", O("held")},
    {NULL, "order.expire", O("lapsing")},
    {NULL, "order.expire", O("lapsing"), .seconds = 90},
    {NULL, "order.confirm", O("lapsing")},
    {NULL, "payment.failed",
     "{" E ",'order_id':'$paid','payment_id':'p-0','reason':'card_declined'}"},
    {NULL, "payment.succeeded",
     "{" E ",'order_id':'$paid','payment_id':'p-1','amount':" EUR(19000) "}"},
    {NULL, "payment.succeeded",
     "{" E ",'order_id':'$paid','payment_id':'p-2','amount':" EUR(500) "}"},
    {NULL, "payment.refund_failed",
     "{" E ",'order_id':'$paid','payment_id':'p-2','refund_id':'r-2','amount':" EUR(500) "}"},
    {NULL, "payment.refunded",
     "{" E ",'order_id':'$paid','payment_id':'p-2','refund_id':'r-3','amount':" EUR(500) "}"},
    {NULL, "payment.disputed",
     "{" E ",'order_id':'$paid','payment_id':'p-1','dispute_id':'d-1','amount':" EUR(19000) "}"},
    {NULL, "order.update",
     "{" E ",'order_id':'$first','patch':{'buyer':{'name':'Ana M. Secret','phone':"
     "'+34600111222'}}}"},
    {"part", "order.place", BUY("general", 4, BUYER("bob"))},
    {NULL, "order.cancel", "{" E ",'order_id':'$part','tickets':['$part.tickets/0/code']}"},
    {NULL, "order.refund", "{" E ",'order_id':'$part','tickets':['$part.tickets/1/code']}"},

    /* Gates and tickets. */
    {NULL, "ticket.check_in",
     "{" E ",'code':'$first.tickets/0/code','gate':'north','nonce':'n-1'}"},
    {NULL, "ticket.check_in", "{" E ",'code':'$first.tickets/0/code','gate':'south'}"},
    {NULL, "ticket.undo_check_in", "{" E ",'code':'$first.tickets/0/code'}"},
    {NULL, "ticket.check_in", "{" E ",'code':'$first.tickets/0/code','people':2}"},
    {NULL, "ticket.check_in_bulk",
     "{" E ",'scans':[{'code':'$first.tickets/1/code','gate':'west','nonce':'w-1',"
     "'at':'2026-05-01T18:00:30Z'},{'code':'$part.tickets/0/code','gate':'west'},"
     "{'code':'nothing','gate':'west'}]}"},
    {NULL, "ticket.assign",
     "{" E ",'order_id':'$part','n':3,'name':'Eva Secret','email':'eva@example.org'}"},
    {NULL, "ticket.transfer",
     "{" E ",'order_id':'$first','n':3,'name':'Bob Secret','email':'bob@example.org'}"},
    {NULL, "ticket.reissue", "{" E ",'order_id':'$part','n':4}"},
    {NULL, "order.resend", "{" E ",'order_id':'$part'}"},
    {"door", "check_in_list.create", "{" E ",'name':'Door','mode':'entry_exit'}"},
    {NULL, "check_in_list.update", "{" E ",'check_in_list_id':'$door','patch':{'max_inside':5}}"},
    {NULL, "ticket.check_in",
     "{" E ",'code':'$part.tickets/2/code','gate':'north','list_id':'$door'}"},
    {NULL, "ticket.check_in",
     "{" E ",'code':'$part.tickets/2/code','list_id':'$door','direction':'out'}"},
    {NULL, "ticket.undo_check_in", "{" E ",'code':'$part.tickets/2/code'}"},
    {NULL, "check_in_list.replace", "{" E ",'check_in_list_id':'$door','name':'Gate'}"},
    {NULL, "check_in_list.delete", "{" E ",'check_in_list_id':'$door'}"},
    {NULL, "ticket.check_in", "{" E ",'code':'$part.tickets/3/code','gate':'north'}"},

    /* Messages. */
    {NULL, "notification.preview",
     "{" E ",'attendee_id':'$ana','channel':'email'," TEXT
     ",'texts':[{'locale':'es','message':'Hola {{recipient.name}}'}]}"},
    {NULL, "message_texts.update",
     "{" E ",'patch':{'tickets':[{'locale':'en','subject':'See you at {{event.name}}',"
     "'message':'Thank you, {{recipient.name}}!\\n\\n{{tickets.list}}'}]}}"},
    {NULL, "message_texts.preview", "{" E ",'kind':'tickets','locale':'en'}"},
    {NULL, "message_texts.replace",
     "{" E ",'moved':[{'locale':'es','subject':'Cambio: {{event.name}}',"
     "'message':'Ahora: {{event.starts_at}}, {{event.location}}.'}]}"},
    {"draft", "notification.create",
     "{" E ",'channel':'email'," TEXT ",'audience':{'all':true},'attach':['calendar']}"},
    {NULL, "notification.update",
     "{" E ",'notification_id':'$draft','patch':{'audience':{'all':null,'status':'confirmed'}}}"},
    {NULL, "notification.replace",
     "{" E ",'notification_id':'$draft','channel':'email'," TEXT ",'audience':{'everyone':true}}"},
    {NULL, "notification.send", N("draft")},
    {"texts", "notification.send",
     "{" E ",'channel':'sms','message':'Doors at {{event.starts_at}}','audience':{'recipients':"
     "[{'name':'Ana Secret','phone':'+34600111222'},{'name':'X Secret','phone':'+34600999888'}]}}"},
    {"tickets", "notification.send",
     "{" E ",'channel':'email','subject':'Tickets','message':'{{ticket.number}} "
     "{{ticket.code}}','attach':['tickets'],"
     "'per':'ticket','audience':{'ticket_type_id':'$general'}}"},
    {"ads", "notification.send",
     "{" E ",'channel':'email'," TEXT ",'marketing':true,'audience':{'all':true}}"},
    {"later", "notification.create",
     "{" E ",'channel':'email'," TEXT ",'before_start':'P2D','audience':{'all':true}}"},
    {"gone", "notification.create",
     "{" E ",'channel':'email'," TEXT ",'audience':{'attendees':['$bob']}}"},
    {NULL, "notification.delete", N("gone")},
    {NULL, "delivery.requeue", "{" E ",'delivery_id':'$offer2'}", .seconds = 600},
    {NULL, "delivery.settle", "{" E ",'delivery_id':'$offer0','status':'delivered'}"},
    {NULL, "delivery.settle",
     "{" E ",'delivery_id':'$offer4','status':'bounced','error':'no such mailbox'}"},
    {NULL, "delivery.settle", "{" E ",'delivery_id':'$offer8','status':'complained'}"},
    {NULL, "delivery.resend",
     "{" E ",'notification_id':'$offer0.notification_id','delivery_id':'$offer0'}"},
    {NULL, "suppression.lift", "{'suppression_id':'$last_suppressions'}"},
    {NULL, "event.update", "{" E ",'patch':{'starts_at':'2026-06-03T20:00:00+02:00'}}"},
    {NULL, "event.set_picture", "{" E ",'data':'" PICTURE "','alt':'Two dancers'}"},
    {NULL, "event.clone", "{" E ",'starts_at':'2026-11-03T20:00:00+01:00'}"},
    {NULL, "event.remove_picture", "{" E "}"},
    {NULL, "event.update", "{" E ",'patch':{'status':'postponed'}}"},
    {NULL, "event.update", "{" E ",'patch':{'status':'published'}}"},
    {NULL, "notification.cancel", N("later")},

    /* What takes several pages. */
    {"fair", "event.create", EVENT("Fair") "}"},
    {NULL, "event.update", "{'event_id':'$fair','patch':{'status':'published'}}"},
    {"stall", "ticket_type.create",
     "{'event_id':'$fair','type':'stall','name':'Stall','capacity':500,'price':" EUR(100) "}"},
    {"many", "order.place",
     "{'event_id':'$fair','items':[{'ticket_type_id':'$stall','quantity':1}]," BUYER("gus") "}",
     .times = MORE_THAN_ONE_SEARCH, .steps = 2},
    {NULL, "ticket.assign",
     "{'event_id':'$fair','order_id':'$many','n':1,'name':'Zoe Secret','email':'zoe@example.org'}"},
    {"zoe", "attendee.register",
     "{'event_id':'$fair','name':'Zoe Secret','email':'zoe@example.org'}"},
    {NULL, "notification.create",
     "{'event_id':'$fair','channel':'email'," TEXT ",'before_start':'P2D','audience':"
     "{'attendees':['$zoe']}}",
     .times = MORE_THAN_A_PAGE},
    {NULL, "event.update",
     "{'event_id':'$fair','patch':{'starts_at':'2026-06-04T20:00:00+02:00'}}"},
    {NULL, "attendee.delete", "{'event_id':'$fair','attendee_id':'$zoe'}"},
    {NULL, "order.erase", "{'event_id':'$fair','order_id':'$many'}"},
    {NULL, "event.cancel", "{'event_id':'$fair'}"},

    /* By the link to an order. */
    {NULL, "ticket.rename_by_token", "$part ,'n':4,'name':'Bob B. Secret'"},
    {NULL, "ticket.transfer_by_token",
     "$part ,'n':4,'name':'Ida Secret','email':'ida@example.org'"},
    {NULL, "order.calendar_by_token", "$part"},
    {NULL, "event.update", "{" E ",'patch':{'buyer_may_cancel_until':'2026-06-01T18:00:00Z'}}"},
    {"back", "order.place",
     "{" E ",'items':[{'ticket_type_id':'$general','quantity':2}]," BUYER("kay") "}"},
    {NULL, "ticket.cancel_by_token", "$back ,'n':2"},
    {NULL, "order.cancel_by_token", "$back"},

    /* People go. */
    {NULL, "attendee.cancel_by_token", "$eva"},
    {NULL, "attendee.cancel", A("bob")},
    {NULL, "attendee.delete", A("bob")},
    {NULL, "attendee.erase", A("ana")},
    {NULL, "attendee.erase", A("ana")},
    {NULL, "order.erase", O("paid")},

    /* Events go. */
    {NULL, "event.replace",
     "{" E ",'name':'Gala','starts_at':'2026-06-03T20:00:00+02:00',"
     "'time_zone':'Europe/Madrid','location':'Teatro Real','category':'concert','currency':'EUR',"
     "'status':'published','pools':[{'name':'hall','capacity':60}]}"},

    /* What is asked of each ticket's holder. */
    {NULL, "event.update",
     "{" E ",'patch':{'questions':[{'id':'shirt','label':'T-shirt size','kind':'choice',"
     "'choices':['S','M','L'],'required':true,'ticket_type_ids':['$vip'],'texts':[{'locale':'es',"
     "'label':'Talla de camiseta'}]},{'id':'diet','label':'Diet','kind':'text',"
     "'show_at_check_in':true}]}}"},
    {NULL, "order.place", BUY("vip", 1, BUYER("oto"))},
    {"asked", "order.place",
     "{" E ",'items':[{'ticket_type_id':'$vip','quantity':2,'tickets':[{'answers':{'shirt':'M',"
     "'diet':'Secret nuts'}},{'answers':{'shirt':'S'}}]}]," BUYER("oto") "}"},
    {NULL, "order.answer",
     "{" E ",'order_id':'$asked','tickets':[{'n':2,'answers':{'diet':'Secret milk'}}]}"},
    {NULL, "ticket.answer_by_token", "$asked ,'n':1,'answers':{'shirt':'L'}"},
    {NULL, "ticket.assign",
     "{" E ",'order_id':'$asked','n':2,'name':'Ida Secret','email':'ida@example.org',"
     "'answers':{'shirt':'L'}}"},
    {NULL, "event.cancel", "{" E "}"},
    {NULL, "order.refund", O("part")},
    {"empty", "event.create", EVENT("Empty") "}"},
    {NULL, "event.delete", "{'event_id':'$empty'}"},
    {0},
};
