// SPDX-License-Identifier: Apache-2.0
/*
 * The machine of the state directory; see standing.h.
 */
#include "daemon/standing.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

static void put_text(const struct machine *machine, char text_r[MACHINE_TEXT_MAX + 1])
{
	struct buf b = buf_over(text_r, MACHINE_TEXT_MAX + 1);

	machine_put(&b, machine);
	(void)buf_text(&b);
}

/* Empty is a fingerprint too: of a state directory that goes from machine to machine. */
static int bind_to(struct daemon *daemon, const char *machine, struct store_error *error)
{
	if (strcmp(daemon->identity.machine, machine) == 0)
		return 0;
	return node_identity_bind(&daemon->state, &daemon->identity, machine, error);
}

/* What is new about the machine is noted by a later start, where the disk takes nothing now. */
static int note(struct daemon *daemon, const char *machine, struct store_error *error)
{
	int rc = bind_to(daemon, machine, error);

	if (rc == 0 || !store_is_disk(error) || !ledger_is_there(&daemon->state))
		return rc;
	log_line(LOG_LEVEL_WARNING, "identity: %s", error->text);
	return 0;
}

int standing_compare(struct daemon *daemon, struct store_error *error)
{
	const char *bound = daemon->identity.machine;
	struct machine now, before;

	if (daemon->config.is_portable) {
		daemon->standing = NODE_PORTABLE;
		return note(daemon, "", error);
	}
	machine_read("", getenv("CREDENTIALS_DIRECTORY"), &now);
	put_text(&now, daemon->machine);
	if (bound[0] && machine_parse(slice_of(bound), &before)) {
		if (!machine_is_same(&before, &now)) {
			daemon->standing = NODE_ELSEWHERE;
			return 0;
		}
		machine_complete(&now, &before);
		put_text(&now, daemon->machine);
	}
	daemon->standing = NODE_AT_HOME;
	return note(daemon, daemon->machine, error);
}

void standing_tell(const struct daemon *daemon)
{
	log_line(LOG_LEVEL_ERROR,
	    "identity: %s was made on another machine, so nothing is sent. If it was moved here, "
	    "or this machine was changed, run regentctl node adopt. If it is a copy, and the "
	    "original still runs elsewhere, run regentctl node renew",
	    daemon->config.state);
}

/* The ledger first: under the new secret it would be taken for one's own. */
static int renew(struct daemon *daemon, struct store_error *error)
{
	int rc = ledger_renew(&daemon->state, error);

	/* The phones of the original are none of ours. */
	if (rc == 0)
		rc = bindings_db_remove(&daemon->state, error);
	if (rc == 0)
		rc = node_identity_renew(&daemon->state, &daemon->identity, daemon->machine, error);
	return rc;
}

void standing_settle(struct daemon *daemon)
{
	enum admin_decision decision = (enum admin_decision)atomic_load(&daemon->decision);
	struct store_error error;
	int rc = 0;

	if (decision == ADMIN_ADOPT)
		rc = bind_to(daemon, daemon->machine, &error);
	else if (decision == ADMIN_RENEW)
		rc = renew(daemon, &error);
	if (rc < 0)
		log_line(LOG_LEVEL_ERROR, "identity: %s", error.text);
	else if (decision != ADMIN_UNDECIDED)
		log_line(
		    LOG_LEVEL_INFO, "identity=%s", decision == ADMIN_ADOPT ? "adopted" : "renewed");
}
