#include "libshared/http/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/token.h"

#define PULL_BYTES (16 * 1024)
#define FRAME_BEFORE 10 /* room for a chunk's size and its line's end */
#define PULLS_AT_ONCE 8
/* The size of a head besides its owner's fields: status, Date, length, connection, names and ends.
 */
#define HEAD_ROOM 320
#define LAST_CHUNK "0\r\n\r\n"

/* --- The head --- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

void answer_date(char out[ANSWER_DATE_SIZE], int64_t wall_ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    (void)snprintf(out, ANSWER_DATE_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                   days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
                   tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool is_line(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static size_t room_for(const struct http_response *response)
{
    size_t room = HEAD_ROOM;
    for (const struct http_header *header = response->headers;
         header != NULL && header->name != NULL; header++)
        room += strlen(header->name) + strlen(header->value) + 4;
    return room + (response->content_type != NULL ? strlen(response->content_type) : 0);
}

static char *put_field(char *at, const char *name, const char *value)
{
    return stpcpy(stpcpy(stpcpy(stpcpy(at, name), ": "), value), "\r\n");
}

/* A value that would break out of its line is left out. */
static char *put_fields(char *at, const struct http_header *header)
{
    for (; header != NULL && header->name != NULL; header++)
        if (token_valid(header->name, strlen(header->name)) && is_line(header->value))
            at = put_field(at, header->name, header->value);
        else
            log_error("http.header_refused", LOG_STR("name", header->name));
    return at;
}

static char *put_length(char *at, const struct answer *answer, int status)
{
    char digits[24];
    if (answer->framed)
        return put_field(at, "Transfer-Encoding", "chunked");
    if (answer->pull != NULL || status == 204 || status == 304)
        return at;
    (void)snprintf(digits, sizeof digits, "%zu", answer->body_size);
    return put_field(at, "Content-Length", digits);
}

void answer_make(struct answer *answer, const void *arena, const struct http_response *response,
                 const char *method, bool old, const char *date)
{
    int status = response->status;
    *answer = (struct answer){
        .body = response->body,
        .body_size = response->body_size,
        .pull = response->pull,
        .pull_user = response->pull_user,
        .endless = response->endless,
        .bodiless = strcmp(method, "HEAD") == 0 || status == 204 || status == 304,
        .framed = response->pull != NULL && !old,
    };
    answer->head = mem_zeroed(arena, room_for(response));
    char *at = answer->head +
               snprintf(answer->head, HEAD_ROOM, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    at = put_field(at, "Date", date);
    if (response->content_type != NULL)
        at = put_field(at, "Content-Type", response->content_type);
    at = put_fields(at, response->headers);
    answer->head_size = (size_t)(put_length(at, answer, status) - answer->head);
}

void answer_begin(struct answer *answer, bool persistent, bool old)
{
    char *at = answer->head + answer->head_size;
    if (!persistent)
        at = put_field(at, "Connection", "close");
    else if (old)
        at = put_field(at, "Connection", "keep-alive");
    at = stpcpy(at, "\r\n");
    answer->out = answer->head;
    answer->out_size = (size_t)(at - answer->head);
    answer->ended = answer->pull == NULL || answer->bodiless;
}

/* --- What goes out --- */

static bool is_out(const struct answer *answer)
{
    size_t body = answer->bodiless || answer->pull != NULL ? 0 : answer->body_size;
    return answer->out_sent == answer->out_size && answer->body_sent == body;
}

static void count_sent(struct answer *answer, size_t n)
{
    size_t left = answer->out_size - answer->out_sent;
    size_t of_out = n < left ? n : left;
    answer->out_sent += of_out;
    answer->body_sent += n - of_out;
}

static enum answer_outcome flush(struct answer *answer, int fd)
{
    bool has_body = !answer->bodiless && answer->pull == NULL;
    while (!is_out(answer)) {
        struct iovec pieces[] = {
            {answer->out + answer->out_sent, answer->out_size - answer->out_sent},
            {(char *)answer->body + answer->body_sent,
             has_body ? answer->body_size - answer->body_sent : 0},
        };
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = has_body ? 2 : 1};
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? ANSWER_BLOCKED : ANSWER_FAILED;
        count_sent(answer, (size_t)n);
    }
    return ANSWER_SENT;
}

/* --- A stream --- */

static void frame(struct answer *answer, size_t n)
{
    char size[FRAME_BEFORE + 1];
    int digits = snprintf(size, sizeof size, "%zx\r\n", n);
    char *begin = answer->out + FRAME_BEFORE - digits;
    memcpy(begin, size, (size_t)digits);
    memcpy(answer->out + FRAME_BEFORE + n, "\r\n", 2);
    answer->out_sent = (size_t)(FRAME_BEFORE - digits);
    answer->out_size = FRAME_BEFORE + n + 2;
}

static void put_last(struct answer *answer)
{
    answer->ended = true;
    answer->out_sent = 0;
    answer->out_size = answer->framed ? strlen(LAST_CHUNK) : 0;
    memcpy(answer->out, LAST_CHUNK, strlen(LAST_CHUNK));
}

/* The next piece into `out`; the head is out by then. */
static enum answer_outcome pull(struct answer *answer, const void *arena)
{
    if (answer->buffer == NULL)
        answer->buffer = mem_zeroed(arena, FRAME_BEFORE + PULL_BYTES + 2);
    answer->out = answer->buffer;
    answer->out_size = answer->out_sent = 0;
    ssize_t n = answer->pull(answer->pull_user, answer->out + FRAME_BEFORE, PULL_BYTES);
    if (n == HTTP_PULL_FAILED)
        return ANSWER_FAILED;
    if (n == HTTP_PULL_END) {
        put_last(answer);
    } else if (n <= 0) {
        return ANSWER_LATER;
    } else if (answer->framed) {
        frame(answer, (size_t)n);
    } else {
        answer->out_sent = FRAME_BEFORE;
        answer->out_size = FRAME_BEFORE + (size_t)n;
    }
    return ANSWER_SENT;
}

enum answer_outcome answer_send(struct answer *answer, const void *arena, int fd)
{
    enum answer_outcome outcome = flush(answer, fd);
    for (int pulls = 0; outcome == ANSWER_SENT && !answer->ended; pulls++) {
        if (pulls == PULLS_AT_ONCE)
            return ANSWER_BUSY;
        outcome = pull(answer, arena);
        if (outcome == ANSWER_SENT)
            outcome = flush(answer, fd);
    }
    return outcome;
}
