// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl apply`: hands a file to the daemon and shows what it made of it.
 * Standard input is kept in a file of no name first, since it may have to be sent
 * twice.
 */
#include "ctl/bar.h"
#include "ctl/http.h"
#include "ctl/row.h"
#include "ctl/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH    "/api/v1/apply"
#define LOOK_MS 200

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static FILE *spool(FILE *from)
{
	FILE *file = ctl_must(tmpfile());
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), from)))
		if (fwrite(chunk, 1, n, file) != n)
			break;
	if (!ferror(from) && !fflush(file) && !ferror(file))
		return file;
	ctl_error("standard input: %s", strerror(errno));
	fclose(file);
	return NULL;
}

static FILE *open_file(const char *path)
{
	FILE *file, *copy;
	struct stat st;

	if (!strcmp(path, "-"))
		return spool(stdin);
	file = fopen(path, "re");
	/* A directory opens like a file, and only reading it fails. */
	if (file && !fstat(fileno(file), &st) && S_ISDIR(st.st_mode)) {
		fclose(file);
		file = NULL;
		errno = EISDIR;
	}
	if (!file) {
		ctl_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	/* A pipe cannot be read twice, nor does it say its size. */
	if (!fseek(file, 0, SEEK_END) && ftell(file) >= 0)
		return file;
	copy = spool(file);
	fclose(file);
	return copy;
}

static void show_progress(const struct ctl *ctl, struct bar *progress)
{
	struct http_reply reply;
	long long total, bytes;

	http_ask(ctl, "GET", PATH, &reply);
	total = number(reply.json, "total_bytes");
	bytes = number(reply.json, "bytes");
	if (reply.outcome == HTTP_OK && json_is_true(json_object_get(reply.json, "running")))
		bar_show(progress, (uint64_t)bytes, (uint64_t)total, "%lld read, %lld in force",
		    number(reply.json, "read"), number(reply.json, "delivered"));
	http_release(&reply);
}

/* Sends the file; the answer is `waiting`'s, which the caller ends. */
static struct http_waiting *send_file(const struct ctl *ctl, struct http_request *request)
{
	struct http_waiting *waiting = http_begin(ctl, request);
	struct bar progress = {0};

	while (!http_wait(waiting, LOOK_MS))
		if (!ctl->json)
			show_progress(ctl, &progress);
	bar_end(&progress);
	return waiting;
}

static void print_problems(const char *file, const json_t *problems)
{
	const json_t *problem;
	size_t i;

	json_array_foreach(problems, i, problem)
	{
		const char *message = row_text(problem, "message");

		if (number(problem, "line"))
			ctl_error("%s:%lld:%lld: %s", strcmp(file, "-") ? file : "standard input",
			    number(problem, "line"), number(problem, "column"),
			    message ? message : "");
		else
			ctl_error("%s", message ? message : "");
	}
}

static enum ctl_exit complain(const struct ctl *ctl, const struct http_reply *reply)
{
	const json_t *problems = json_object_get(reply->json, "problems");

	if (reply->outcome != HTTP_REFUSED || !json_array_size(problems))
		return http_complain(reply);
	print_problems(ctl->argv[0], problems);
	ctl_error("nothing was changed");
	return CTL_REFUSED;
}

static const char *fields_of(const json_t *item, char text[ROW_TEXT])
{
	const json_t *field;
	size_t i, used = 0;

	*text = 0;
	json_array_foreach(json_object_get(item, "fields"), i, field)
	{
		const char *name = json_string_value(field);

		if (used < ROW_TEXT)
			used += (size_t)snprintf(
			    text + used, ROW_TEXT - used, "%s%s", i ? ", " : "", name ? name : "?");
	}
	return *text ? text : NULL;
}

static void print_items(const json_t *items)
{
	static const struct table_column columns[] = {
	    {"ACTION", 0, 0},
	    {"KIND", 0, 1},
	    {"NAME", 16, 0},
	    {"FIELDS", 10, 2},
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		char fields[ROW_TEXT];
		const char *cells[] = {row_text(item, "action"), row_text(item, "kind"),
		    row_text(item, "name"), fields_of(item, fields)};

		table_add(table, cells);
	}
	if (table_rows(table))
		table_print(table, stdout, table_width_of(stdout));
	table_free(&table);
}

static void print_outcome(const json_t *outcome)
{
	const json_t *items = json_object_get(outcome, "items");
	long long changes =
	    number(outcome, "added") + number(outcome, "changed") + number(outcome, "removed");
	bool dry = json_is_true(json_object_get(outcome, "dry_run"));

	if (dry)
		print_items(items);
	if (dry && changes > (long long)json_array_size(items))
		printf("and %lld more\n", changes - (long long)json_array_size(items));
	printf("%s%lld added, %lld changed, %lld removed, %lld unchanged\n",
	    dry ? "dry run, nothing is changed; without --dry-run: " : "", number(outcome, "added"),
	    number(outcome, "changed"), number(outcome, "removed"), number(outcome, "unchanged"));
}

static bool says_yes(void)
{
	char answer[16] = "";

	fputs("Go on? [y/N] ", stderr);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

/* The file itself may come from where an answer would. */
static bool can_ask(const struct ctl *ctl)
{
	return isatty(STDIN_FILENO) && strcmp(ctl->argv[0], "-") != 0;
}

/* Says how many would go; without -y somebody has to agree. */
static enum ctl_exit confirm(const struct ctl *ctl, FILE *file)
{
	struct http_request request = {
	    .method = "POST", .path = PATH "?dry_run=1&prune=1", .file = file, .is_long = true};
	struct http_waiting *waiting = send_file(ctl, &request);
	const struct http_reply *reply = http_reply(waiting);
	enum ctl_exit code = complain(ctl, reply);
	long long removed = number(reply->json, "removed");

	http_end(&waiting);
	if (code || !removed)
		return code;
	ctl_say("%lld object%s not in the file will be removed; a registration is unregistered "
	        "first",
	    removed, removed == 1 ? "" : "s");
	if (ctl->option[CTL_OPTION_YES])
		return CTL_DONE;
	if (!can_ask(ctl)) {
		ctl_error("nothing was changed: this is not a terminal, so regentctl cannot ask; "
		          "add -y to remove %s",
		    removed == 1 ? "it" : "them");
		return CTL_USAGE;
	}
	if (says_yes())
		return CTL_DONE;
	ctl_say("nothing was changed");
	return CTL_REFUSED;
}

static enum ctl_exit apply(const struct ctl *ctl, FILE *file)
{
	bool dry = ctl->option[CTL_OPTION_DRY_RUN], prune = ctl->option[CTL_OPTION_PRUNE];
	char path[64];
	struct http_request request = {
	    .method = "POST", .path = path, .file = file, .is_long = true};
	struct http_waiting *waiting;
	enum ctl_exit code = CTL_DONE;

	if (prune && !dry)
		code = confirm(ctl, file);
	if (code)
		return code;
	snprintf(path, sizeof(path), PATH "%s%s%s", dry || prune ? "?" : "",
	    dry ? "dry_run=1&" : "", prune ? "prune=1" : "");
	waiting = send_file(ctl, &request);
	code = complain(ctl, http_reply(waiting));
	if (!code && ctl->json)
		http_print_body(http_reply(waiting));
	else if (!code)
		print_outcome(http_reply(waiting)->json);
	http_end(&waiting);
	return code;
}

enum ctl_exit ctl_apply(const struct ctl *ctl)
{
	FILE *file = open_file(ctl->argv[0]);
	enum ctl_exit code;

	if (!file)
		return CTL_USAGE;
	code = apply(ctl, file);
	fclose(file);
	return code;
}
