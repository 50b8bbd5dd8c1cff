// SPDX-License-Identifier: Apache-2.0
/*
 * Views. The state that is shown is not stored: it follows from the configuration,
 * from what upstream may hold, from what is under way, and from the debts.
 */
#include "registrant/show.h"

#include "answer/stop_report.h"
#include "registrant/debts.h"
#include "registrant/registration.h"
#include "sip/build.h"
#include "trace/summary.h"
#include "trace/tracing.h"
#include "upstream/sequence.h"
#include "upstream/untaken.h"

#define AOR_MAX    512
#define STATE_GONE STATE_COUNT /* neither registration nor debt has that name */

static enum registration_state debt_shown(const struct debt *debt)
{
	switch ((enum debt_state)debt->state) {
	case DEBT_REFUSED:
		return STATE_REFUSED;
	case DEBT_WITHHELD:
	case DEBT_HELD_BACK:
		return STATE_UNCONFIRMED;
	case DEBT_OWED:
		return debt->cancel != CANCEL_UNSENT && debt->attempts > 0 ? STATE_UNCONFIRMED
		                                                           : STATE_CANCELLING;
	case DEBT_UNCLAIMED:
	case DEBT_RECORDING:
	case DEBT_CARRIED:
	case DEBT_AWAITING:
	case DEBT_ASKING:
	case DEBT_PROVING:
		break;
	}
	return STATE_CANCELLING;
}

/* The debt whose state is shown while the registration itself has no binding; NULL: none. */
static const struct debt *debt_shown_of(
    struct registrant *r, const struct registration *registration)
{
	if (registration->holding || pool_count(r->debts) == 0)
		return NULL;
	return debts_find(r, registration_name(registration));
}

static enum registration_state state_of(
    const struct registrant *r, const struct registration *registration, const struct debt *debt)
{
	const struct holding *holding = registration->holding;
	bool is_bound =
	    (holding && holding->granted_s > 0 && holding_is_bound(r, holding)) ||
	    (r->parted > 0 && debts_granted_until_us(r, registration) > r->core->now.mono_us);
	bool is_wanted = registration_is_wanted(r, registration) && !registration->is_cancelled;

	if (!holding && !is_wanted) {
		if (debt)
			return debt_shown(debt);
		return registration->settings.enabled ? STATE_UNREGISTERED : STATE_DISABLED;
	}
	switch ((enum activity)registration->activity) {
	case ACTIVITY_IDLE:
		break;
	case ACTIVITY_RESOLVING:
		return is_bound ? STATE_REFRESHING : STATE_RESOLVING;
	case ACTIVITY_RECORDING:
		return is_bound ? STATE_REFRESHING : STATE_RECORDING;
	case ACTIVITY_ASKING:
		return is_bound ? STATE_REFRESHING : STATE_REGISTERING;
	case ACTIVITY_HOLDING:
		return STATE_REGISTERED;
	case ACTIVITY_WAITING:
		if (registration->is_displaced)
			return STATE_DISPLACED;
		return registration->is_rejected ? STATE_REJECTED : STATE_WAITING;
	}
	return registration->settings.enabled ? STATE_WAITING : STATE_DISABLED;
}

/* Sets the next action. If no time is set for it, none is shown. */
static void set_next(const struct registrant *r, struct registration_view *view,
    enum next_action action, uint64_t when_us)
{
	view->next_action = action;
	if (when_us != TIME_NEVER)
		view->next_at_ms = now_to_wall_ms(r->core->now, when_us);
}

static uint64_t due_us(const struct wheel_node *timer)
{
	return wheel_is_set(timer) ? timer->when_us : TIME_NEVER;
}

/* When its request leaves: at its own timer, or when its place in the queue comes. */
static uint64_t leaves_us(
    const struct registrant *r, const struct exchange *exchange, const struct wheel_node *timer)
{
	if (exchange->phase == EXCHANGE_QUEUED)
		return target_queue_end_us(
		    r->upstreams, target_get(r->upstreams, exchange->target));
	return due_us(timer);
}

static void fill_debt_next(
    struct registrant *r, const struct debt *debt, struct registration_view *view)
{
	const struct txn *txn = txns_get(r->core->txns, debt->exchange.txn);

	view->was_cancel_sent = debt->cancel != CANCEL_UNSENT;
	if (debt->state == DEBT_WITHHELD || debt->state == DEBT_HELD_BACK)
		set_next(r, view, NEXT_EXPIRE, due_us(&debt->timer));
	else if (txn && debt->state == DEBT_ASKING)
		set_next(r, view, NEXT_ANSWER, txn->give_up_us);
	else if (leaves_us(r, &debt->exchange, &debt->timer) > due_us(&debt->timer))
		set_next(r, view, NEXT_EXPIRE, due_us(&debt->timer));
	else
		set_next(r, view, NEXT_CANCEL, leaves_us(r, &debt->exchange, &debt->timer));
}

static void fill_next(struct registrant *r, const struct registration *registration,
    const struct debt *debt, struct registration_view *view)
{
	const struct exchange *exchange = &registration->exchange;
	const struct wheel_node *timer = &registration->timer;
	const struct txn *txn = txns_get(r->core->txns, exchange->txn);

	if (debt && !registration->holding)
		fill_debt_next(r, debt, view);
	else if (txn)
		set_next(r, view, NEXT_ANSWER, txn->give_up_us);
	else if (registration->activity == ACTIVITY_HOLDING)
		set_next(r, view, NEXT_REFRESH,
		    wheel_is_set(timer) ? registration->refresh_us : TIME_NEVER);
	else if (registration->activity == ACTIVITY_WAITING)
		set_next(r, view, NEXT_RETRY, due_us(timer));
	else if (registration->activity != ACTIVITY_IDLE || wheel_is_set(timer))
		set_next(r, view, NEXT_REGISTER, leaves_us(r, exchange, timer));
}

/*
 * State, next action and outcome so far of the registration of that name, or of the debts it has
 * left; its texts are not in the outbox. False without either.
 */
static bool fill_brief(struct registrant *r, struct slice name, struct registration_view *view_r)
{
	const struct registration *registration = registration_find(r, name);
	const struct debt *debt = debts_find(r, name);
	bool is_of_debt = debt && !(registration && registration->holding);
	const struct last *last;

	if (!registration && !debt)
		return false;
	if (!registration) {
		view_r->state = debt_shown(debt);
		fill_debt_next(r, debt, view_r);
	} else {
		view_r->state = state_of(r, registration, debt);
		fill_next(r, registration, debt, view_r);
		if (registration->holding)
			view_r->granted_s = registration->holding->granted_s;
	}
	last = is_of_debt ? &debt->last : &registration->last;
	view_r->attempts = is_of_debt ? debt->attempts : registration->attempts;
	view_r->last_status = last->status;
	view_r->last_reason = last_reason(last);
	return true;
}

static void show_one_traced(struct registrant *r, struct traced *traced)
{
	struct registration_view view = {0};
	bool is_there = fill_brief(r, slice_of(traced->name), &view);
	char words[TRACE_SUMMARY_MAX];
	struct buf b = buf_over(words, sizeof(words));

	if (is_there)
		summary_put_state(&b, &view, r->core->now.wall_ms);
	else
		buf_puts(&b, "gone");
	tracing_put_state(r->core, traced, (uint8_t)(is_there ? view.state : STATE_GONE),
	    is_there ? registration_state_name(view.state) : "gone", buf_slice(&b));
}

void show_traced(struct registrant *r)
{
	for (uint32_t i = 0; i < r->core->tracing->count; i++)
		show_one_traced(r, &r->core->tracing->items[i]);
}

static struct slice keep_address(struct registrant *r, const struct netaddr *address)
{
	char text[NETADDR_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	netaddr_put(&b, address);
	return outbox_keep(r->core->outbox, buf_slice(&b));
}

static void fill_binding(
    struct registrant *r, const struct holding *holding, struct registration_view *view)
{
	const struct sequence *sequence = sequence_get(r->core->sequences, holding->sequence);
	char text[64];
	struct buf call_id = buf_over(text, sizeof(text));

	sequence_put_call_id(&call_id, sequence);
	view->call_id = outbox_keep(r->core->outbox, buf_slice(&call_id));
	view->cseq = sequence->cseq;
	view->contact = outbox_keep(r->core->outbox, holding_contact(holding));
	view->granted_s = holding->granted_s;
	if (holding_is_bound(r, holding)) {
		uint64_t until_us = holding_shown_until_us(r, holding);

		view->is_bound_at_most = holding->is_loaded;
		view->bound_until_ms = now_to_wall_ms(r->core->now, until_us);
		view->stale_window_s = (uint32_t)((until_us - r->core->now.mono_us) / US_PER_S);
	}
}

static void fill_listed(const struct registration *registration, struct registration_view *view)
{
	view->ghosts_removed = registration->ghosts_removed;
	view->ghost_bindings = registration->ghosts;
	view->lookalike_bindings = registration->lookalikes;
	view->foreign_bindings = registration->foreign;
}

/* An untaken answer to the request that is out is newer than the last outcome: it is shown. */
static void fill_last(struct registrant *r, const struct last *last,
    const struct exchange *exchange, struct registration_view *view)
{
	const struct txn *txn = txns_get(r->core->txns, exchange->txn);
	char text[LAST_REASON_MAX * 2];
	struct buf b = buf_over(text, sizeof(text));

	view->last_status = last->status;
	view->last_reason = outbox_keep(r->core->outbox, last_reason(last));
	if (!txn || exchange_note(txn)->untaken == 0)
		return;
	untaken_put_reason(r->upstreams, &b, txn);
	view->last_status = 0;
	view->last_reason = outbox_keep(r->core->outbox, buf_slice(&b));
}

static void fill(
    struct registrant *r, const struct registration *registration, struct registration_view *view)
{
	const struct debt *debt = debt_shown_of(r, registration);
	const struct exchange *exchange = &registration->exchange;
	const struct upstream *upstream = upstream_get(r->upstreams, exchange->route);
	const struct target *target = target_get(r->upstreams, exchange->target);
	const struct holding *holding = registration->holding;
	bool by_debt = !holding && debt;

	if (by_debt) {
		holding = debt->holding;
		upstream = upstream_get(r->upstreams, debt->exchange.route);
		target = target_get(r->upstreams, debt->exchange.target);
	}
	view->name = outbox_keep(r->core->outbox, registration_name(registration));
	view->state = state_of(r, registration, debt);
	view->since_ms = by_debt               ? debt->since_ms
	                 : registration->is_up ? registration->up_since_ms
	                                       : registration->since_ms;
	view->asked_s = registration->asked_s;
	view->attempts = by_debt ? debt->attempts : registration->attempts;
	fill_last(r, by_debt ? &debt->last : &registration->last,
	    by_debt ? &debt->exchange : exchange, view);
	view->rtt_us = exchange->rtt_us;
	if (upstream)
		view->upstream = outbox_keep(r->core->outbox, slice_of(upstream->hop));
	if (target)
		view->target = keep_address(r, &target->address);
	if (holding)
		fill_binding(r, holding, view);
	fill_listed(registration, view);
	fill_next(r, registration, debt, view);
}

static struct answer *add_view(
    struct registrant *r, uint64_t request, const struct registration *registration)
{
	struct answer *answer = answer_add(r->core->outbox, ANSWER_VIEW, request);

	fill(r, registration, &answer->view.view);
	return answer;
}

static void add_end(struct registrant *r, uint64_t request, uint32_t next, bool found)
{
	struct answer *answer = answer_add(r->core->outbox, ANSWER_VIEW_END, request);

	answer->view_end.next = next;
	answer->view_end.found = found;
}

/* True if its state is one of those that the page asks for. */
static bool is_asked(struct registrant *r, const struct registration *registration, uint32_t states)
{
	if (states == 0)
		return true;
	return states >> state_of(r, registration, debts_find(r, registration_name(registration))) &
	       1;
}

static void list_by_name(struct registrant *r, const struct command *command, uint32_t left)
{
	struct slice after = command->list.after;
	struct registration *registration;
	struct answer *answer;
	bool is_cut = false;

	while ((registration = registration_after(r, after))) {
		is_cut = left-- == 0 || !outbox_has_room(r->core->outbox);
		if (is_cut)
			break;
		after = registration_name(registration);
		if (is_asked(r, registration, command->list.states))
			add_view(r, command->request, registration);
	}
	answer = answer_add(r->core->outbox, ANSWER_VIEW_END, command->request);
	answer->view_end.found = true;
	if (is_cut)
		answer->view_end.next_name = outbox_keep(r->core->outbox, after);
}

void show_list(struct registrant *r, const struct command *command)
{
	uint32_t slot = command->list.from, left = command->list.limit;
	struct registration *registration;
	pool_handle handle;

	if (left > COMMAND_PAGE_MAX)
		left = COMMAND_PAGE_MAX;
	if (command->list.by_name) {
		list_by_name(r, command, left);
		return;
	}
	while ((registration = pool_walk(r->registrations, slot, &handle))) {
		if (left-- == 0 || !outbox_has_room(r->core->outbox)) {
			add_end(r, command->request, pool_handle_slot(handle), true);
			return;
		}
		slot = pool_handle_slot(handle) + 1;
		if (is_asked(r, registration, command->list.states))
			add_view(r, command->request, registration);
	}
	add_end(r, command->request, 0, true);
}

static struct slice keep_aor(struct registrant *r, const struct account *account)
{
	char text[AOR_MAX];
	struct buf aor = buf_over(text, sizeof(text));

	buf_puts(&aor, "sip:");
	sip_put_user(&aor, account_text(account, ACCOUNT_USERNAME));
	buf_putc(&aor, '@');
	buf_put(&aor, account_text(account, ACCOUNT_HOST));
	return outbox_keep(r->core->outbox, buf_slice(&aor));
}

static void fill_debt(struct registrant *r, const struct debt *debt, struct debt_view *shown)
{
	const struct holding *holding = debt->holding;
	const struct upstream *upstream = upstream_get(r->upstreams, debt->exchange.route);
	const struct target *target = target_get(r->upstreams, debt->exchange.target);
	struct registration_view *view = &shown->view;

	view->name = outbox_keep(r->core->outbox, holding_name(holding));
	view->state = debt_shown(debt);
	view->since_ms = debt->since_ms;
	view->attempts = debt->attempts;
	fill_last(r, &debt->last, &debt->exchange, view);
	view->rtt_us = debt->exchange.rtt_us;
	if (upstream)
		view->upstream = outbox_keep(r->core->outbox, slice_of(upstream->hop));
	if (target)
		view->target = keep_address(r, &target->address);
	fill_binding(r, holding, view);
	fill_debt_next(r, debt, view);
	shown->aor = keep_aor(r, holding->account);
	shown->cause = (enum debt_cause)debt->cause;
	shown->has_registration = registration_find(r, holding_name(holding));
	shown->is_withheld = !debt_may_cancel(r, debt);
	shown->is_ghost = debt->is_ghost;
}

void show_debts(struct registrant *r, const struct command *command)
{
	uint32_t slot = command->list.from, left = command->list.limit;
	struct debt *debt;
	pool_handle handle;

	if (left > COMMAND_PAGE_MAX)
		left = COMMAND_PAGE_MAX;
	while ((debt = pool_walk(r->debts, slot, &handle))) {
		if (left-- == 0 || !outbox_has_room(r->core->outbox)) {
			add_end(r, command->request, pool_handle_slot(handle), true);
			return;
		}
		slot = pool_handle_slot(handle) + 1;
		fill_debt(
		    r, debt, &answer_add(r->core->outbox, ANSWER_DEBT, command->request)->debt);
	}
	add_end(r, command->request, 0, true);
}

static void add_configured(
    struct registrant *r, uint64_t request, const struct registration *registration)
{
	struct answer *answer = add_view(r, request, registration);

	r->shown = registration_config_of(registration);
	answer->view.config = &r->shown;
	answer->view.has_password = r->shown.password.n > 0;
}

void show_one(struct registrant *r, const struct command *command)
{
	struct registration *registration = registration_find(r, command->name);

	if (registration)
		add_configured(r, command->request, registration);
	add_end(r, command->request, 0, registration);
}

static void count_one(
    struct registrant *r, const struct registration *registration, struct registration_tally *tally)
{
	const struct debt *debt = debt_shown_of(r, registration);
	const struct holding *holding = registration->holding;
	uint64_t window_s = 0;

	if (!holding && debt)
		holding = debt->holding;
	if (holding && holding_is_bound(r, holding))
		window_s = (holding_shown_until_us(r, holding) - r->core->now.mono_us) / US_PER_S;
	tally->states[state_of(r, registration, debt)]++;
	tally->ghosts += registration->ghosts;
	tally->lookalikes += registration->lookalikes;
	tally->foreign += registration->foreign;
	tally->stale_windows +=
	    window_s > 0 && holding->granted_s > r->core->params->stale_window_s;
	tally->stale_window_s = (uint32_t)max_u64(tally->stale_window_s, window_s);
}

static void count(struct registrant *r, const struct command *command, struct answer_status *status)
{
	uint32_t slot = command->status.from, left = command->status.limit;
	struct registration *registration;
	pool_handle handle;

	if (left > COMMAND_PAGE_MAX)
		left = COMMAND_PAGE_MAX;
	while (left-- > 0 && (registration = pool_walk(r->registrations, slot, &handle))) {
		count_one(r, registration, &status->tally);
		slot = pool_handle_slot(handle) + 1;
	}
	if (command->status.limit > 0 && pool_walk(r->registrations, slot, &handle))
		status->next = pool_handle_slot(handle);
}

static void fill_traffic(const struct registrant *r, struct traffic_counters *traffic_r)
{
	const struct upstreams_traffic *own = &r->upstreams->traffic;
	const struct core_traffic *all = &r->core->traffic;

	*traffic_r = (struct traffic_counters){
	    .requests = own->requests,
	    .repetitions = own->repetitions,
	    .timeouts = own->timeouts,
	    .responses = all->responses,
	    .late = own->late,
	    .stray = all->stray,
	    .forged = all->forged,
	    .elsewhere = own->elsewhere,
	    .mismatched = own->mismatched,
	    .unreadable = own->unreadable,
	    .malformed = all->malformed,
	    .skipped_lines = all->skipped_lines,
	};
}

struct answer_status *show_status(struct registrant *r, const struct command *command)
{
	struct answer_status *status =
	    &answer_add(r->core->outbox, ANSWER_STATUS, command->request)->status;

	count(r, command, status);
	fill_traffic(r, &status->traffic);
	status->registrations = pool_count(r->registrations);
	status->up = r->up;
	status->debts = pool_count(r->debts);
	status->is_ledger_failing = r->core->journal->is_failing;
	status->is_binding_failing = r->core->binding_journal->is_failing;
	status->stopping = core_is_stopping(r->core);
	if (core_is_stopping(r->core)) {
		status->stop_total = r->core->stop.report->total;
		status->stop_settled = r->core->stop.report->settled;
		status->stop_left = r->core->stop.report->total - r->core->stop.report->settled;
		status->stop_deadline_ms = now_to_wall_ms(r->core->now, r->core->stop.end_us);
	}
	return status;
}
