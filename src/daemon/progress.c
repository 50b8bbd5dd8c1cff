// SPDX-License-Identifier: Apache-2.0
/*
 * The line of a stop; see progress.h.
 */
#include "daemon/progress.h"

#include "base/log.h"

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

void progress_init(struct progress *progress, FILE *file)
{
	*progress = (struct progress){.terminal = isatty(fileno(file)) ? file : NULL};
}

/* The stop itself must not wait for a terminal that was told to (Ctrl-S). */
static bool is_ready(FILE *terminal)
{
	struct pollfd fd = {.fd = fileno(terminal), .events = POLLOUT};

	return fd.fd < 0 || poll(&fd, 1, 0) != 0;
}

void progress_begin(struct progress *progress, const struct answer_stop_begin *begin)
{
	char kept[64] = "";

	progress->cancels = begin->cancels;
	if (begin->kept > 0)
		snprintf(kept, sizeof(kept), ", %u stay registered", begin->kept);
	if (!progress->terminal) {
		log_line(LOG_LEVEL_INFO,
		    "stop=begin cancels=%u kept=%u expected_s=%u deadline_s=%u", begin->cancels,
		    begin->kept, begin->expected_s, begin->deadline_s);
		return;
	}
	if (!is_ready(progress->terminal))
		return;
	fprintf(progress->terminal,
	    "stopping: %u to unregister%s; about %u s, at most %u s (a second Ctrl-C stops at "
	    "once)\n",
	    begin->cancels, kept, begin->expected_s, begin->deadline_s);
	fflush(progress->terminal);
}

uint32_t progress_settled(const struct progress *progress, const struct answer_status *status)
{
	return status->stop_left < progress->cancels ? progress->cancels - status->stop_left : 0;
}

void progress_draw(struct progress *progress, const struct answer_status *status, int64_t wall_ms)
{
	int64_t left_ms = status->stop_deadline_ms - wall_ms;

	if (!progress->terminal || !is_ready(progress->terminal))
		return;
	/* Erased to its end (EL), because the line may have become shorter. */
	fprintf(progress->terminal, "\rstopping: %u of %u unregistered, %" PRId64 " s left\033[K",
	    progress_settled(progress, status), progress->cancels,
	    left_ms > 0 ? (left_ms + 999) / 1000 : 0);
	fflush(progress->terminal);
	progress->shown = true;
}

void progress_hide(struct progress *progress)
{
	if (!progress->shown || !is_ready(progress->terminal))
		return;
	fputs("\r\033[K", progress->terminal);
	fflush(progress->terminal);
	progress->shown = false;
}

void progress_end(struct progress *progress, const struct answer_stop_end *end)
{
	progress_hide(progress);
	if (!progress->terminal)
		log_line(LOG_LEVEL_INFO,
		    "stop=end clean=%u refused=%u unconfirmed=%u unsent=%u kept=%u",
		    end->counts[OUTCOME_CLEAN], end->counts[OUTCOME_REFUSED],
		    end->counts[OUTCOME_UNCONFIRMED], end->counts[OUTCOME_UNSENT],
		    end->counts[OUTCOME_KEPT]);
}
