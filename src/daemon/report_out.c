// SPDX-License-Identifier: Apache-2.0
/*
 * A thread of its own writes; what it uses is its own too where it is not waited
 * for. It writes to the descriptor, since exit() waits for streams that are busy.
 */
#include "daemon/report_out.h"

#include "base/log.h"
#include "store/reserve.h"
#include "thread/deadline.h"
#include "thread/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct out {
	struct report *report;
	const struct state_dir *dir;
	bool is_printed;
	int fd; /* stdout as it was at the beginning */
	struct worker *worker;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_done;
};

/* What a thread still uses that was not waited for; for whoever looks for leaks. */
static struct out *left_behind;

static void write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, text, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return;
		text += wrote;
		n -= (size_t)wrote;
	}
}

static void print(const struct report *report, int fd)
{
	char *text = NULL;
	size_t n = 0;
	FILE *file = open_memstream(&text, &n);

	if (!file)
		return;
	report_print(report, file);
	fclose(file);
	write_all(fd, text, n);
	free(text);
}

static void run(void *context)
{
	struct out *out = context;
	struct store_error error;

	bool is_saved = report_save(out->report, out->dir, &error) == 0 ||
	                (error.failure == STORE_FULL && reserve_release(out->dir) &&
	                    report_save(out->report, out->dir, &error) == 0);

	if (!is_saved)
		log_line(LOG_LEVEL_ERROR, "%s; the report is printed here, but not in a file",
		    error.text);
	if (out->is_printed)
		print(out->report, out->fd);
	if (!is_saved)
		print(out->report, STDERR_FILENO);
	pthread_mutex_lock(&out->lock);
	out->is_done = true;
	pthread_cond_signal(&out->changed);
	pthread_mutex_unlock(&out->lock);
}

static bool wait_for(struct out *out, int64_t timeout_ms)
{
	int64_t deadline_ms = deadline_after_ms(timeout_ms);
	bool is_done, in_time = true;

	pthread_mutex_lock(&out->lock);
	while (!out->is_done && in_time)
		in_time = deadline_wait(&out->changed, &out->lock, deadline_ms);
	is_done = out->is_done;
	pthread_mutex_unlock(&out->lock);
	return is_done;
}

static struct out *begin(struct report *report, const struct state_dir *dir, bool is_printed)
{
	struct out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	*out = (struct out){.report = report,
	    .dir = dir,
	    .is_printed = is_printed,
	    .fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)};
	pthread_mutex_init(&out->lock, NULL);
	deadline_init_condition(&out->changed);
	out->worker = worker_start("report", run, out);
	if (!out->worker) {
		close(out->fd);
		free(out);
		return NULL;
	}
	return out;
}

bool report_out(
    struct report **report, const struct state_dir *dir, bool is_printed, int64_t timeout_ms)
{
	struct out *out = begin(*report, dir, is_printed);

	if (out && !wait_for(out, timeout_ms)) {
		left_behind = out;
		*report = NULL;
		return false;
	}
	if (out) {
		worker_join(&out->worker);
		close(out->fd);
		pthread_cond_destroy(&out->changed);
		pthread_mutex_destroy(&out->lock);
		free(out);
	}
	report_free(report);
	return out;
}
