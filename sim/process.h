// SPDX-License-Identifier: Apache-2.0
/*
 * A regentd of the simulated world: a core with a simulated shell around it. It
 * drains the outbox in order and does what the records say: datagrams into the
 * network, rows onto the disk, names out of the world's table. It can be killed
 * between any two records and started again from what the disk kept.
 */
#pragma once

#include "core/core.h"
#include "sim/disk.h"
#include "sim/facts.h"
#include "trace/ring.h"

struct world;
struct process;

#define PROCESS_USER_AGENT "Regent/sim"

/* `address` is where it lives; the port is that of its first listener. */
struct process *process_new(
    struct world *world, const struct netaddr *address, uint64_t seed, uint32_t registrations_max);
void process_free(struct process **process);

struct disk *process_disk(const struct process *process);
const struct netaddr *process_address(const struct process *process);

/* The machine gets another IP address; what was bound from the old one is cut off. */
void process_move(struct process *process, const struct netaddr *ip);

/* The shell notices what its network does: that an address is gone, that a way may be back. */
void process_address_gone(struct process *process, const struct netaddr *ip);
void process_network_back(struct process *process);

/* ---- what an operator does; all of it works on a process that is down, for its next start ---- */

/* The parameters: change them, then call process_params_changed(). */
struct params *process_params(struct process *process);
void process_params_changed(struct process *process);
const struct params *process_params_now(const struct process *process);

/* 0 or what the core answered. */
int process_put(struct process *process, const struct registration_config *config);
int process_remove(struct process *process, struct slice name);
int process_refresh(struct process *process, struct slice name);
int process_cancel(struct process *process, struct slice name);

/* Empty contact: all ghosts and lookalikes. `count_r` became debts. */
int process_remove_ghosts(
    struct process *process, struct slice name, struct slice contact, uint32_t *count_r);

/* Looks on at one, or with NULL no more; records go into the ring, which is the caller's. */
int process_trace(struct process *process, struct slice name, struct ring *ring);

/* The object as it was put, or NULL; and all of them, NULL at the end. */
const struct registration_config *process_object(const struct process *process, struct slice name);
const struct registration_config *process_object_at(const struct process *process, uint32_t index);

/* ---- life and death ---- */

void process_start(struct process *process);

/* `regentd farewell`: a start that wants nothing, and its stop; the objects stay as they are. */
void process_farewell(struct process *process);

/* A second signal, or one to a farewell: it leaves what is owed to the next start. */
void process_cut_short(struct process *process);
void process_kill(struct process *process);
void process_power_cut(struct process *process);

/* Kills it before the `records`th record from now on is done; 0: no more. */
void process_kill_after(struct process *process, uint64_t records);
void process_stop(struct process *process);
void process_stop_keeping(struct process *process); /* for a restart that goes on */
bool process_is_running(const struct process *process);
bool process_is_leaving(const struct process *process);  /* a stop is under way, or a farewell */
uint64_t process_records(const struct process *process); /* done since the beginning */

/* ---- what it says ---- */

struct shown {
	bool found;
	enum registration_state state;
	uint32_t granted_s, asked_s, attempts, cseq, ghosts_removed, stale_window_s;
	uint32_t ghosts, lookalikes, foreign;
	bool is_bound_at_most;
	unsigned last_status;
	enum next_action next_action;
	int64_t next_at_ms, bound_until_ms, since_ms;
	char reason[64], contact[256], call_id[64], target[64];
};

void process_show(struct process *process, struct slice name, struct shown *shown_r);
#define SHOWN_MAX 32

struct shown_debts {
	uint32_t count;
	struct shown_debt {
		enum registration_state state;
		enum debt_cause cause;
		bool has_registration, is_withheld;
		enum next_action next_action;
		int64_t next_at_ms;
		char name[65], aor[128], contact[256];
	} debts[SHOWN_MAX];
};

struct shown_listing {
	bool found;
	uint32_t count, left_out;
	struct shown_listed {
		enum listed_kind kind;
		uint32_t expires_s;
		int64_t seen_ms;
		char contact[256];
	} listed[SHOWN_MAX];
};

/* A page in the order of names, behind `after`. */
struct shown_page {
	uint32_t count;
	char names[COMMAND_PAGE_MAX][65];
	char next[65]; /* empty at the end */
};

void process_show_page(struct process *process, const char *after, uint32_t limit, uint32_t states,
    struct shown_page *page_r);
void process_show_debts(struct process *process, struct shown_debts *debts_r);
void process_show_listing(
    struct process *process, struct slice name, struct shown_listing *listing_r);

/* The lines of the log with this word, such as "event=ghost", since it was first asked for. */
uint32_t process_logged(struct process *process, const char *event);

void process_status(struct process *process, struct answer_status *status_r);
void process_brief_status(struct process *process, struct answer_status *status_r);

/* True where a socket is open at that port and the core needs it. */
bool process_needs(struct process *process, uint16_t port);

/* What its core holds, all zero while it is down. */
void process_usage(const struct process *process, struct core_usage *usage_r);

struct stop_line {
	char name[65];
	enum stop_outcome outcome;
	unsigned status;
	int64_t bound_until_ms;
	uint64_t until_us; /* the same in the world's time, by the clock of that moment; 0 none */
};

struct stop_report {
	bool begun, ended;
	uint64_t begun_us, ended_us;
	uint32_t deadline_s, cancels, kept, expected_s;
	uint32_t counts[OUTCOME_COUNT];
	struct stop_line *lines;
	uint32_t line_count;
};

/* Of the last stop; lives until the next start. */
const struct stop_report *process_report(const struct process *process);
const struct stop_line *process_report_line(const struct process *process, const char *name);

/* ---- the world's side ---- */

uint64_t process_next(const struct process *process);
void process_advance(struct process *process);
void process_receive(struct process *process, const struct netaddr *from, const struct netaddr *to,
    struct slice bytes);

/* The clocks as this process reads them. */
struct now process_now(const struct process *process);
void process_clock_stepped(struct process *process, int64_t step_ms);
