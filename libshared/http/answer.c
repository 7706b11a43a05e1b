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

/* RFC 9110 section 5.6.7, whatever the locale is. */
static char *date_field(const void *arena, int64_t wall_ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    return mem_printf(arena, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
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

/* A value that would break out of its line is left out. */
static char *add_field(char *head, const char *name, const char *value)
{
    if (token_valid(name, strlen(name)) && is_line(value))
        return talloc_asprintf_append_buffer(head, "%s: %s\r\n", name, value);
    log_error("http.header_refused", LOG_STR("name", name));
    return head;
}

static char *add_length(char *head, const struct answer *answer, int status)
{
    if (answer->pull == NULL && status != 204 && status != 304)
        return talloc_asprintf_append_buffer(head, "Content-Length: %zu\r\n", answer->body_size);
    return answer->framed ? talloc_strdup_append_buffer(head, "Transfer-Encoding: chunked\r\n")
                          : head;
}

void answer_make(struct answer *answer, const void *arena, const struct http_response *response,
                 const char *method, bool old, int64_t wall_ms)
{
    int status = response->status;
    *answer = (struct answer){
        .body = response->body,
        .body_size = response->body_size,
        .pull = response->pull,
        .pull_user = response->pull_user,
        .bodiless = strcmp(method, "HEAD") == 0 || status == 204 || status == 304,
        .framed = response->pull != NULL && !old,
    };
    char *head = mem_printf(arena, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    head = talloc_strdup_append_buffer(head, date_field(arena, wall_ms));
    if (response->content_type != NULL)
        head = add_field(head, "Content-Type", response->content_type);
    for (const struct http_header *header = response->headers;
         header != NULL && header->name != NULL; header++)
        head = add_field(head, header->name, header->value);
    answer->head = add_length(head, answer, status);
}

void answer_begin(struct answer *answer, const void *arena, bool persistent, bool old)
{
    const char *connection = !persistent ? "Connection: close\r\n"
                             : old       ? "Connection: keep-alive\r\n"
                                         : "";
    answer->out = mem_printf(arena, "%s%s\r\n", answer->head, connection);
    answer->out_size = strlen(answer->out);
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
