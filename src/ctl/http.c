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

static size_t collect(char *data, size_t size, size_t count, void *context)
{
	struct http_reply *reply = context;
	size_t n = size * count;
	char *body;

	if (reply->size + n > BODY_MAX)
		return 0;
	body = realloc(reply->body, reply->size + n + 1);
	if (!body)
		return 0;
	memcpy(body + reply->size, data, n);
	reply->body = body;
	reply->size += n;
	body[reply->size] = 0;
	return n;
}

static const char *place(const struct ctl *ctl)
{
	return ctl->url ? ctl->url : ctl->socket;
}

static void set_options(CURL *curl, const struct ctl *ctl, const char *method, const char *url,
    struct http_reply *reply)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "regentctl/" REGENT_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	if (!ctl->url)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, ctl->socket);
	if (!strcmp(method, "POST"))
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
}

static enum http_outcome no_connection(
    const struct ctl *ctl, CURL *curl, CURLcode code, struct http_reply *reply)
{
	long error = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if (error == EACCES || error == EPERM) {
		snprintf(reply->error, sizeof(reply->error), "%s: %s: its mode says who may ask",
		    place(ctl), strerror((int)error));
		return HTTP_REFUSED;
	}
	snprintf(reply->error, sizeof(reply->error),
	    "no regentd answers at %s: %s; does it run? %s names another place", place(ctl),
	    error ? strerror((int)error) : curl_easy_strerror(code),
	    ctl->url ? "--url" : "--socket");
	return HTTP_ABSENT;
}

static enum http_outcome failed(
    const struct ctl *ctl, CURL *curl, CURLcode code, struct http_reply *reply)
{
	switch (code) {
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

static enum http_outcome judge(const struct ctl *ctl, struct http_reply *reply)
{
	enum http_outcome outcome = parse(reply, place(ctl));
	const char *text = json_string_value(json_object_get(reply->json, "error"));

	if (reply->status >= 200 && reply->status < 300)
		return outcome;
	snprintf(reply->error, sizeof(reply->error), "%s (HTTP %ld)",
	    text ? text : "refused without a word", reply->status);
	return HTTP_REFUSED;
}

static CURL *prepare(
    const struct ctl *ctl, const char *method, const char *path, struct http_reply *reply)
{
	CURL *curl = curl_easy_init();
	char url[1024];

	if (!curl)
		abort();
	snprintf(url, sizeof(url), "%s%s", ctl->url ? ctl->url : "http://regentd", path);
	set_options(curl, ctl, method, url, reply);
	return curl;
}

static void conclude(const struct ctl *ctl, CURL *curl, CURLcode code, struct http_reply *reply)
{
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
		reply->outcome = judge(ctl, reply);
	} else {
		reply->outcome = failed(ctl, curl, code, reply);
	}
}

enum http_outcome http_ask(
    const struct ctl *ctl, const char *method, const char *path, struct http_reply *reply_r)
{
	CURL *curl;

	memset(reply_r, 0, sizeof(*reply_r));
	curl = prepare(ctl, method, path, reply_r);
	conclude(ctl, curl, curl_easy_perform(curl), reply_r);
	curl_easy_cleanup(curl);
	return reply_r->outcome;
}

struct http_waiting {
	const struct ctl *ctl;
	CURLM *multi;
	CURL *curl;
	bool is_over;
	struct http_reply reply;
};

struct http_waiting *http_begin(const struct ctl *ctl, const char *path)
{
	struct http_waiting *w = calloc(1, sizeof(*w));
	long sent = 0;

	if (!w || !(w->multi = curl_multi_init()))
		abort();
	w->ctl = ctl;
	w->curl = prepare(ctl, "GET", path, &w->reply);
	curl_easy_setopt(w->curl, CURLOPT_TIMEOUT, 0L);
	curl_multi_add_handle(w->multi, w->curl);
	for (int ms = 0; ms < SENT_MS && !sent && !http_wait(w, 1); ms++)
		curl_easy_getinfo(w->curl, CURLINFO_REQUEST_SIZE, &sent);
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
		conclude(w->ctl, w->curl, message->data.result, &w->reply);
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

	curl_multi_remove_handle(w->multi, w->curl);
	curl_easy_cleanup(w->curl);
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
		if (!collect(chunk, 1, n, reply))
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
