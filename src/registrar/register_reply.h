// SPDX-License-Identifier: Apache-2.0
/*
 * Responses to a REGISTER.
 */
#pragma once

#include "registrar/endpoint.h"
#include "sip/message.h"

/* One request and where it came from. */
struct incoming {
	struct registrar *registrar;
	const struct sip_message *request;
	const struct flow *flow;
};

/*
 * 200 with the bindings that there are, each with its own expires: a client that found it in the
 * header alone was seen to register without a pause. `is_outbound`: the request made a flow.
 * It is held until the kernel has the last change of these bindings (registrar/held.h).
 */
void register_reply_ok(
    const struct incoming *in, const struct endpoint *endpoint, bool is_outbound);

/* 401 with fresh nonces. */
void register_reply_challenge(const struct incoming *in, bool stale);

/*
 * A refusal with a reason phrase, NULL the usual one, and one more header line, which may be empty.
 * With SS_REPLY_UNAUTHORIZED Off a source that nobody has proven from gets none.
 */
void register_reply_refuse(
    const struct incoming *in, unsigned status, const char *reason, struct slice line);

/* 503 with Retry-After. */
void register_reply_unavailable(const struct incoming *in);
