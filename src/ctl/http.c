// SPDX-License-Identifier: Apache-2.0
/*
 * libcurl over the admin socket. Proxies of the environment are not asked: the
 * API is on this machine, or where --url says.
 */
#include "ctl/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_S 5L
#define ANSWER_S  20L          /* longer than regentd's own bound, so that its words arrive */
#define SENT_MS   1000         /* for a request that waits to leave */
#define BODY_MAX  (512u << 20) /* the report of a stop of a million registrations fits */

/* One request under way. */
struct job {
	const struct ctl *ctl;
	const struct http_request *request;
	struct http_reply *reply;
	CURL *curl;
	struct curl_slist *headers;
	char *text; /* of a JSON body */
};

static bool keep(struct http_reply *reply, const char *data, size_t n)
{
	char *body;

	if (reply->size + n > BODY_MAX)
		return false;
	body = realloc(reply->body, reply->size + n + 1);
	if (!body)
		return false;
	memcpy(body + reply->size, data, n);
	reply->body = body;
	reply->size += n;
	body[reply->size] = 0;
	return true;
}

/* What is no success is for the reply, so that its error is told. */
static size_t take(char *data, size_t size, size_t count, void *context)
{
	struct job *job = context;
	size_t n = size * count;
	long status = 0;
	bool taken;

	curl_easy_getinfo(job->curl, CURLINFO_RESPONSE_CODE, &status);
	if (job->request->sink && status >= 200 && status < 300)
		taken = job->request->sink(job->request->context, data, n);
	else
		taken = keep(job->reply, data, n);
	return taken ? n : 0;
}

static size_t give(char *data, size_t size, size_t count, void *context)
{
	return fread(data, size, count, context);
}

static const char *place(const struct ctl *ctl)
{
	return ctl->url ? ctl->url : ctl->socket;
}

static void add_header(struct job *job, const char *line)
{
	job->headers = ctl_must(curl_slist_append(job->headers, line));
}

static void set_headers(struct job *job)
{
	const struct ctl *ctl = job->ctl;
	char line[600];

	/* Nothing is saved by asking first, and a second may be lost. */
	add_header(job, "Expect:");
	if (job->request->json)
		add_header(job, "Content-Type: application/json");
	if (job->request->file)
		add_header(job, "Content-Type: application/yaml");
	if (ctl->url && ctl->token) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", ctl->token);
		add_header(job, line);
	}
	curl_easy_setopt(job->curl, CURLOPT_HTTPHEADER, job->headers);
}

static void set_file(CURL *curl, FILE *file)
{
	long size;

	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, file);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
}

static void set_body(struct job *job)
{
	const struct http_request *request = job->request;

	if (request->json) {
		job->text = ctl_must(json_dumps(request->json, JSON_COMPACT));
		curl_easy_setopt(job->curl, CURLOPT_POSTFIELDS, job->text);
	} else if (request->file) {
		set_file(job->curl, request->file);
	} else if (strcmp(request->method, "GET")) {
		curl_easy_setopt(job->curl, CURLOPT_POSTFIELDS, "");
	}
	if (strcmp(request->method, "GET"))
		curl_easy_setopt(job->curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_options(struct job *job, const char *url)
{
	CURL *curl = job->curl;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, job->request->is_long ? 0L : ANSWER_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "regentctl/" REGENT_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, job);
	if (!job->ctl->url)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, job->ctl->socket);
}

static enum http_outcome no_connection(
    const struct ctl *ctl, CURL *curl, CURLcode code, struct http_reply *reply)
{
	long error = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if (error == EACCES || error == EPERM) {
		snprintf(reply->error, sizeof(reply->error),
		    "%s: %s: the mode of the socket does not let you in", place(ctl),
		    strerror((int)error));
		return HTTP_REFUSED;
	}
	snprintf(reply->error, sizeof(reply->error),
	    "no regentd answers at %s: %s; does it run? If its socket is elsewhere, name it with "
	    "%s",
	    place(ctl), error ? strerror((int)error) : curl_easy_strerror(code),
	    ctl->url ? "--url" : "--socket");
	return HTTP_ABSENT;
}

static enum http_outcome failed(
    const struct ctl *ctl, CURL *curl, CURLcode code, struct http_reply *reply)
{
	switch ((int)code) { /* libcurl's list grows: all others are alike */
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return no_connection(ctl, curl, code, reply);
	case CURLE_OPERATION_TIMEDOUT:
		snprintf(reply->error, sizeof(reply->error), "%s does not answer within %ld s",
		    place(ctl), ANSWER_S);
		return HTTP_BROKEN;
	default:
		snprintf(reply->error, sizeof(reply->error), "%s: %s", place(ctl),
		    curl_easy_strerror(code));
		return HTTP_BROKEN;
	}
}

static enum http_outcome parse(struct http_reply *reply, const char *from)
{
	json_error_t error;

	reply->json = json_loadb(reply->body ? reply->body : "", reply->size, 0, &error);
	if (reply->json)
		return HTTP_OK;
	snprintf(reply->error, sizeof(reply->error), "%s: not the JSON of regentd: line %d: %s",
	    from, error.line, error.text);
	return HTTP_BROKEN;
}

static enum http_outcome judge(const struct job *job, struct http_reply *reply)
{
	bool is_good = reply->status >= 200 && reply->status < 300;
	enum http_outcome outcome;
	const char *text;

	if (is_good && !reply->size)
		return HTTP_OK;
	outcome = parse(reply, place(job->ctl));
	if (is_good)
		return outcome;
	text = json_string_value(json_object_get(reply->json, "error"));
	if (reply->status == 401)
		snprintf(reply->error, sizeof(reply->error),
		    "%s; it is in STATE/admin-token; pass it with --token-file FILE or "
		    "$REGENT_TOKEN",
		    job->ctl->token ? "the API refuses this token" : "the API wants a token");
	else if (text)
		snprintf(reply->error, sizeof(reply->error), "%s", text);
	else
		snprintf(reply->error, sizeof(reply->error), "refused without a reason (HTTP %ld)",
		    reply->status);
	return HTTP_REFUSED;
}

static void prepare(struct job *job)
{
	char url[1024];

	job->curl = ctl_must(curl_easy_init());
	snprintf(url, sizeof(url), "%s%s", job->ctl->url ? job->ctl->url : "http://regentd",
	    job->request->path);
	set_options(job, url);
	set_headers(job);
	set_body(job);
}

static void conclude(struct job *job, CURLcode code)
{
	struct http_reply *reply = job->reply;

	curl_easy_getinfo(job->curl, CURLINFO_RESPONSE_CODE, &reply->status);
	reply->outcome =
	    code == CURLE_OK ? judge(job, reply) : failed(job->ctl, job->curl, code, reply);
}

static void clear(struct job *job)
{
	curl_easy_cleanup(job->curl);
	curl_slist_free_all(job->headers);
	if (job->text)
		explicit_bzero(job->text, strlen(job->text));
	free(job->text);
}

enum http_outcome http_send(
    const struct ctl *ctl, const struct http_request *request, struct http_reply *reply_r)
{
	struct job job = {.ctl = ctl, .request = request, .reply = reply_r};

	memset(reply_r, 0, sizeof(*reply_r));
	prepare(&job);
	conclude(&job, curl_easy_perform(job.curl));
	clear(&job);
	return reply_r->outcome;
}

enum http_outcome http_ask(
    const struct ctl *ctl, const char *method, const char *path, struct http_reply *reply_r)
{
	struct http_request request = {.method = method, .path = path};

	return http_send(ctl, &request, reply_r);
}

struct http_waiting {
	CURLM *multi;
	struct job job;
	bool is_over;
	struct http_reply reply;
};

struct http_waiting *http_begin(const struct ctl *ctl, const struct http_request *request)
{
	struct http_waiting *w = ctl_must(calloc(1, sizeof(*w)));
	long sent = 0;

	w->multi = ctl_must(curl_multi_init());
	w->job = (struct job){.ctl = ctl, .request = request, .reply = &w->reply};
	prepare(&w->job);
	curl_multi_add_handle(w->multi, w->job.curl);
	for (int ms = 0; ms < SENT_MS && !sent && !http_wait(w, 1); ms++)
		curl_easy_getinfo(w->job.curl, CURLINFO_REQUEST_SIZE, &sent);
	return w;
}

bool http_wait(struct http_waiting *w, int ms)
{
	int running, left;
	CURLMsg *message;

	if (w->is_over)
		return true;
	curl_multi_perform(w->multi, &running);
	if (running) {
		curl_multi_poll(w->multi, NULL, 0, ms, NULL);
		curl_multi_perform(w->multi, &running);
	}
	while ((message = curl_multi_info_read(w->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		conclude(&w->job, message->data.result);
		w->is_over = true;
	}
	return w->is_over;
}

const struct http_reply *http_reply(const struct http_waiting *w)
{
	return &w->reply;
}

void http_end(struct http_waiting **waiting)
{
	struct http_waiting *w = *waiting;

	curl_multi_remove_handle(w->multi, w->job.curl);
	clear(&w->job);
	curl_multi_cleanup(w->multi);
	http_release(&w->reply);
	free(w);
	*waiting = NULL;
}

void http_release(struct http_reply *reply)
{
	json_decref(reply->json);
	free(reply->body);
	memset(reply, 0, sizeof(*reply));
}

static enum http_outcome read_all(FILE *file, struct http_reply *reply, const char *path)
{
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), file)))
		if (!keep(reply, chunk, n))
			break;
	if (!n && !ferror(file))
		return parse(reply, path);
	snprintf(reply->error, sizeof(reply->error), "%s: cannot be read", path);
	return HTTP_BROKEN;
}

enum http_outcome http_read_file(const char *path, struct http_reply *reply_r)
{
	FILE *file = fopen(path, "re");

	memset(reply_r, 0, sizeof(*reply_r));
	if (file) {
		reply_r->outcome = read_all(file, reply_r, path);
		fclose(file);
		return reply_r->outcome;
	}
	reply_r->outcome = errno == ENOENT ? HTTP_ABSENT : HTTP_BROKEN;
	snprintf(reply_r->error, sizeof(reply_r->error), "%s: %s", path, strerror(errno));
	return reply_r->outcome;
}

enum ctl_exit http_complain(const struct http_reply *reply)
{
	if (reply->outcome == HTTP_OK)
		return CTL_DONE;
	ctl_error("%s", reply->error);
	return reply->outcome == HTTP_ABSENT ? CTL_NO_DAEMON : CTL_REFUSED;
}

void http_print_body(const struct http_reply *reply)
{
	fwrite(reply->body, 1, reply->size, stdout);
	if (reply->size && reply->body[reply->size - 1] != '\n')
		putchar('\n');
}
