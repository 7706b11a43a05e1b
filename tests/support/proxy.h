/* proxy: a TCP proxy on 127.0.0.1 that can be told to fail, for suites.
 *
 * A thread of its own forwards. Once a request holds the given word, the proxy either passes it on
 * and swallows the reply, or swallows the request; either way it cuts every connection and takes
 * none until it is healed. Ends the process on errors: it serves tests only. */
#pragma once

#include <bson/bson.h>
#include <stdint.h>

struct proxy;
enum proxy_fault { PROXY_LOSE_REPLY, PROXY_LOSE_REQUEST };

struct proxy *proxy_open(uint16_t to);
uint16_t proxy_port(const struct proxy *proxy);
void proxy_fail_at(struct proxy *proxy, enum proxy_fault fault, const char *word);
/* To MongoDB: answers a command of that name itself, `times` times (-1: always), instead of passing
 * it on. Borrowed until the next call or the close; NULL: passes everything on. */
void proxy_answer(struct proxy *proxy, const char *command, const bson_t *reply, int times);
void proxy_heal(struct proxy *proxy);
void proxy_close(struct proxy *proxy);
