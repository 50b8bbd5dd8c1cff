// SPDX-License-Identifier: Apache-2.0
/*
 * The signal mask is inherited at creation, so it is set around it: a mask set
 * inside the new thread would leave a moment in which a signal ends up there.
 */
#include "thread/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct worker {
	pthread_t thread;
	worker_run_fn run;
	void *context;
};

static void *entry(void *argument)
{
	struct worker *worker = argument;

	worker->run(worker->context);
	return NULL;
}

struct worker *worker_start(const char *name, worker_run_fn run, void *context)
{
	struct worker *worker = malloc(sizeof(*worker));
	sigset_t all, before;
	int rc;

	if (!worker)
		return NULL;
	*worker = (struct worker){.run = run, .context = context};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&worker->thread, NULL, entry, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		free(worker);
		return NULL;
	}
	pthread_setname_np(worker->thread, name);
	return worker;
}

void worker_join(struct worker **worker)
{
	struct worker *gone = *worker;

	*worker = NULL;
	if (!gone)
		return;
	pthread_join(gone->thread, NULL);
	free(gone);
}
