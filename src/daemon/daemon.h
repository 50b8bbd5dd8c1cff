// SPDX-License-Identifier: Apache-2.0
/*
 * The running daemon: its parts, and what is decided between them, which is
 * only when to stop, when to reload and with which code to leave. How the parts
 * come to be is start.c's.
 */
#pragma once

#include "admin/admin.h"
#include "config/node_config.h"
#include "daemon/deliver.h"
#include "daemon/exit.h"
#include "daemon/inherited.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/provision.h"
#include "daemon/report_out.h"
#include "daemon/router.h"
#include "daemon/service.h"
#include "daemon/signals.h"
#include "daemon/wiring.h"
#include "store/admin_token.h"
#include "store/bindings_db.h"
#include "store/ledger.h"
#include "store/node_identity.h"

#include <stdatomic.h>

enum node_standing {
	NODE_AT_HOME,   /* on the machine that the state directory was made on */
	NODE_PORTABLE,  /* it goes from machine to machine */
	NODE_ELSEWHERE, /* on another one: held, until somebody decides (daemon/standing.h) */
};

struct daemon {
	const struct options *options;
	struct node_config config;
	struct state_dir state;
	struct node_identity identity;
	enum node_standing standing;
	char machine[MACHINE_TEXT_MAX + 1]; /* fingerprint of this one */
	atomic_int decision;                /* enum admin_decision */
	struct seal_key key;
	struct ledger *ledger;
	struct ledger_start ledger_start;
	struct bindings_db *bindings; /* of phones; NULL where nobody registers */
	struct objects_store *objects;
	struct provision provision; /* as it was at the start */

	uv_loop_t loop;
	uv_timer_t look; /* asks the core for its status, to be shown */
	struct service *service;
	struct inherited inherited;
	struct router router;
	struct wiring *wiring;
	struct core *core;
	struct admin *admin;
	char token[ADMIN_TOKEN_MAX]; /* of the API over TCP */
	atomic_bool is_restart;      /* the stop was asked for as one */
	struct deliver *deliver;
	struct edit *edit;
	struct signals *signals;

	unsigned stop_signals;   /* how many asked for a stop */
	bool is_stopping;        /* the core has begun to */
	bool is_over;            /* the loop is to end */
	uint64_t stop_latest_us; /* when the core's end is no longer waited for */
	unsigned looks;          /* that were taken while stopping */
	struct report *report;   /* while stopping */
	bool is_report_whole;    /* nothing more comes to it */
	uint32_t open_next;      /* of a stop that is cut short: where the list goes on */
	struct progress progress;
	enum exit_code exit_code;
};

/* What wiring and signals are to call. Once. */
struct wiring_hooks daemon_wiring_hooks(struct daemon *daemon);
struct signals_handlers daemon_signals_handlers(struct daemon *daemon);

/* Runs until a stop has ended or a second signal came; `exit_code` then says how. */
void daemon_run(struct daemon *daemon);

/* It must not send anything. */
static inline bool daemon_is_held(const struct daemon *daemon)
{
	return daemon->standing == NODE_ELSEWHERE;
}

/* The process only cancels the bindings that the ledger holds. */
static inline bool daemon_is_farewell(const struct daemon *daemon)
{
	return daemon->options->action == OPTIONS_FAREWELL;
}

/* The log as regent.yaml has it; NULL before that is read. */
void daemon_setup_log(const struct node_config *config);
