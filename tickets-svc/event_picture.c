#include "tickets-svc/event_picture.h"

#include "libshared/service/event_pictures.h"
#include "tickets-svc/serve.h"

static void on_picture(void *context, enum event_picture_outcome outcome,
                       struct shown_picture *picture)
{
    struct facade_call *call = context;
    if (outcome == EVENT_PICTURE_SHOWN && (!picture->file.draft || facade_is_known(call))) {
        picture_answer(call, &picture->file);
        return;
    }
    facade_header(call, "Retry-After", outcome == EVENT_PICTURE_UNKNOWN ? "1" : NULL);
    facade_refuse(call, outcome == EVENT_PICTURE_UNKNOWN ? PROBLEM_unavailable : PROBLEM_not_found);
}

void event_picture_serve(struct facade_call *call)
{
    serve_want_picture(
        call, &(struct event_pictures_wanted){.event_id = facade_asked(call)->ids[ID_EVENT],
                                              .done = on_picture,
                                              .context = call});
}
