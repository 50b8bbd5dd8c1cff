// SPDX-License-Identifier: Apache-2.0
/*
 * The HTTP API of regentd (docs/api.md) over a Unix socket, guarded by the
 * mode of its file, and over TCP, guarded by a token; on a thread of its own. It
 * decides nothing: what a request asks is put to the core as a command, through
 * the loop's mailbox, and the core's answer comes back by admin_answer(); edits
 * go to the editing thread.
 */
#pragma once

#include "answer/answer.h"
#include "base/attr.h"
#include "base/buf.h"
#include "edit/edit.h"

struct admin;

/*
 * Hands a command to the loop and wakes it; called on the admin thread. The
 * command's slices live for the call, so the mailbox copies them. Returns 0, or
 * ERR_FULL or another code, which the client is told as 503.
 */
typedef int admin_submit_fn(void *context, const struct command *command);

/* Whose a state directory is that was found on another machine. */
enum admin_decision {
	ADMIN_UNDECIDED,
	ADMIN_ADOPT, /* it was moved here: goes on as it is */
	ADMIN_RENEW, /* a copy: another node from here on, and nothing of the ledger is cancelled */
};

struct admin_config {
	const char *socket_path;
	unsigned socket_mode;         /* of the socket file, 0660 where 0 */
	const struct netaddr *listen; /* NULL: not over TCP */
	const char *token;            /* that requests over TCP bear */
	const char *state_dir;        /* holds last-stop.json, and what is being sent */
	const char *id;               /* of the node, as people see it */
	uint32_t boot;
	struct edit *edit; /* outlives the admin, its thread does not */
	/* The stop that is asked for shall be a restart; from any thread. */
	void (*restart)(void *context);
	void *restart_context;
	const char *machine; /* whether the node is on its own machine, in a word for people */
	bool is_held;        /* it is not: nothing is edited until it is decided */
	/* Somebody has; the stop that has begun shall be a restart. Any thread. */
	void (*decide)(void *restart_context, enum admin_decision decision);
	const char *node;    /* the node's label */
	const char *version; /* of regentd */
	unsigned wait_ms;    /* longest wait for the loop's answer, 10 s where 0 */
	unsigned seat;       /* of the numbers of its requests (REQUEST_SEAT_SHIFT), above 0 */
	admin_submit_fn *submit;
	void *submit_context;
};

/*
 * Binds the socket and starts the thread; texts of the config are copied. A
 * socket file left by a dead process is replaced, one that somebody answers on
 * is not. ERR_LOCKED (a daemon is there), ERR_EXISTS (something else has that
 * path), ERR_LIMIT (path too long), ERR_IO, ERR_MEMORY; `message` says it for
 * people.
 */
MUST_CHECK int admin_start(
    const struct admin_config *config, struct buf *message, struct admin **admin_r);

/*
 * Gives last-stop.json to who waits for it, so write that file first; answers
 * who else still waits with 503, ends the thread and removes the socket file.
 */
void admin_stop(struct admin **admin);

/*
 * Takes what the core answered to its requests, and the reports of stops and traces;
 * answers to requests that have given up are ignored. Called on the loop's thread;
 * copies what it keeps, never waits for a client.
 */
void admin_answer(struct admin *admin, const struct answer *answer);
