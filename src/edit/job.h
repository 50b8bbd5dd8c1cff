// SPDX-License-Identifier: Apache-2.0
/*
 * One edit on its way: what is asked, and what became of it. Whoever asks makes
 * it and hands it over (edit_post); it comes back by its `done`, on the editing
 * thread, and is then the asker's to free.
 */
#pragma once

#include "config/problems.h"
#include "store/objects_store.h"

#define EDIT_ITEMS_MAX 1000 /* of an apply are named one by one; the rest are counted */
#define EDIT_NAME_MAX  64
#define EDIT_ASKED_MAX 192

/* What is to be done with the object `name` of a kind, or with all objects. */
enum edit_verb {
	EDIT_ADD,    /* body: one object, of a name that is not there */
	EDIT_PUT,    /* body: the whole of it; of a parameter {"value": …} */
	EDIT_PATCH,  /* body: the fields that change; null is the default */
	EDIT_REMOVE, /* of a parameter: to its default */
	/* Another node has committed it, or its removal: the core is told. Nobody asks for it yet:
	 * it is for nodes that share a database. */
	EDIT_FOLLOW,
	EDIT_APPLY,  /* an objects file: `fd`, or `path` */
	EDIT_EXPORT, /* an objects file of all there is: `fd` */
};

/* What happened to one object. */
struct edit_item {
	enum objects_action action;
	enum object_kind kind;
	uint64_t fields; /* object_differences(), where it changed */
	char name[EDIT_NAME_MAX + 1];
};

struct edit_job {
	enum edit_verb verb;
	enum object_kind kind; /* not of APPLY and EXPORT */
	uint64_t request;      /* the asker's number */
	void (*done)(void *context, struct edit_job *job);
	void *context;

	char name[EDIT_ASKED_MAX]; /* as asked: it may be wrong and too long */
	char *body;
	size_t size;      /* of the body */
	int fd;           /* APPLY: is read and closed; EXPORT: of the outcome. Else -1 */
	const char *path; /* APPLY without fd; outlives the job */
	bool dry_run, prune;

	int error; /* 0 or a code of base/error.h; `text` then says it for people */
	char text[PROBLEM_TEXT_MAX];
	char field[32];            /* that `text` is about; may be empty */
	bool is_kept;              /* committed all the same: the next start takes it up */
	struct store_error store;  /* where it was the database that failed */
	struct problems *problems; /* APPLY: what is wrong with the file; NULL where nothing is */
	uint32_t counts[OBJECTS_REMOVED + 1];
	struct edit_item *items; /* of those that are not unchanged */
	uint32_t item_count;
};

/* NULL without memory. */
struct edit_job *edit_job_new(enum edit_verb verb, enum object_kind kind);

/* With body, descriptor and outcome; the body, which may hold passwords, is overwritten. */
void edit_job_free(struct edit_job **job);

/* Sets error and text; gives `error`. */
PRINTF_LIKE(3, 4)
int edit_job_fail(struct edit_job *job, int error, const char *format, ...);

/* Counts what happened to an object and names it, as long as there is room. */
void edit_job_note(struct edit_job *job, const struct edit_item *item, struct slice name);
