/* client_address: whose a request is, by its address. Who has the connection says so; a proxy that
 * is trusted says whom it has it from (X-Forwarded-For): the last address there that is no trusted
 * proxy's, since anybody may have written those before it. Pure; any thread. */
#pragma once

#include "libshared/base/network.h"

/* `forwarded`: the header, or NULL. False: a proxy that does not say so. *ret_client is one client,
 * see network_client(). */
bool client_address(struct network_address peer, const char *forwarded,
                    const struct networks *proxies, struct network_address *ret_client);
