// SPDX-License-Identifier: Apache-2.0
/*
 * What a REGISTER wants (RFC 3261 10.3 6. and 7.): each Contact as a wish, or `*`.
 */
#pragma once

#include "registrar/binding.h"
#include "sip/message.h"

struct wishes {
	struct binding_wish items[BINDINGS_MAX];
	unsigned count;    /* 0 and no star: it only asks what there is */
	bool is_star;      /* all bindings are to be removed */
	bool is_outbound;  /* one of them is a flow (RFC 5626) */
	struct slice path; /* all Path lines as one list, in `path_text` */
	char path_text[BINDING_PATH_MAX];
};

/*
 * Reads the Contacts of a request for this endpoint and finds the bindings that they mean. Gives
 * the status of the refusal, with what is wrong in `reason_r`; 0: all is well. 400: not readable,
 * or too long. 423: shorter than RG_ENDPOINT_MIN_EXPIRE. 439: a flow through a proxy that does not
 * know flows (RFC 5626 6). 403: more Contacts than an endpoint can have.
 */
unsigned wishes_read(struct registrar *registrar, const struct endpoint *endpoint,
    const struct sip_message *request, struct wishes *wishes_r, const char **reason_r);
