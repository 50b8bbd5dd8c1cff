// SPDX-License-Identifier: Apache-2.0
/*
 * What the life of a request and its replies share; nobody else's.
 */
#pragma once

#include "admin/body.h"
#include "admin/exchange.h"

enum exchange_wake { WAKE_NOT, WAKE_ANSWERED, WAKE_TIMEOUT, WAKE_GOING };

struct exchange {
	struct exchange_server *server;
	struct MHD_Connection *connection;
	const struct exchange_route *route;
	const char *token; /* of the door; NULL: it needs none */
	const char *url;
	char name[EDIT_ASKED_MAX];
	struct body body;
	enum MHD_Result queued; /* of the reply */

	struct exchange *next; /* among those that wait */
	uint64_t request;      /* 0: nothing asked */
	int64_t until_ms;
	bool awaits_end; /* of the daemon */
	bool is_edit;
	struct exchange_tally tally;
	enum exchange_wake wake;
	struct answer *answer;
	struct stream *stream;
};

/* exchange_fail() with the field that it is about; NULL or "": none. */
void exchange_fail_field(
    struct exchange *exchange, unsigned status, const char *text, const char *field);
