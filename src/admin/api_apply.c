// SPDX-License-Identifier: Apache-2.0
/*
 * POST /apply: an objects file, of any size up to the bound of a body, in one
 * transaction; GET /apply: how far it is. GET /export: all objects as such a file.
 */
#include "admin/api.h"
#include "admin/api_json.h"

#include <sys/stat.h>

void api_apply_post(struct http_request *http)
{
	http_request_edit(http, EDIT_APPLY);
}

static json_t *problems_json(const struct problems *problems)
{
	json_t *list = json_array();
	unsigned kept = problems->count < PROBLEMS_MAX ? problems->count : PROBLEMS_MAX;

	for (unsigned i = 0; i < kept && list; i++)
		json_array_append_new(
		    list, json_pack("{s:i,s:i,s:o}", "line", (int)problems->kept[i].mark.line,
		              "column", (int)problems->kept[i].mark.column, "message",
		              api_json_text(slice_of(problems->kept[i].text))));
	return list;
}

static void refuse(struct http_request *http, const struct edit_job *job)
{
	http_request_reply(http, MHD_HTTP_BAD_REQUEST,
	    json_pack("{s:o,s:i,s:o}", "error", api_json_text(slice_of(job->text)), "count",
	        (int)job->problems->count, "problems", problems_json(job->problems)));
}

static json_t *items_json(const struct edit_job *job)
{
	json_t *items = json_array();

	for (uint32_t i = 0; i < job->item_count && items; i++)
		json_array_append_new(items, api_item_json(&job->items[i]));
	return items;
}

void api_apply_done(struct http_request *http, const struct pending_answer *answer)
{
	const struct edit_job *job = answer->edit;

	if (job->problems && job->problems->count > 0)
		refuse(http, job);
	else if (job->error)
		http_request_fail_edit(http, job);
	else
		http_request_reply(http, MHD_HTTP_OK,
		    json_pack("{s:I,s:I,s:I,s:I,s:b,s:o}", "added",
		        (json_int_t)job->counts[OBJECTS_ADDED], "changed",
		        (json_int_t)job->counts[OBJECTS_CHANGED], "removed",
		        (json_int_t)job->counts[OBJECTS_REMOVED], "unchanged",
		        (json_int_t)job->counts[OBJECTS_UNCHANGED], "dry_run", job->dry_run,
		        "items", items_json(job)));
}

void api_apply_get(struct http_request *http)
{
	struct edit_shown shown = edit_shown(http_request_server_of(http)->edit);

	http_request_reply(http, MHD_HTTP_OK,
	    json_pack("{s:b,s:I,s:I,s:I,s:I}", "running", shown.running, "read",
	        (json_int_t)shown.read, "total_bytes", (json_int_t)shown.size, "bytes",
	        (json_int_t)shown.bytes, "delivered", (json_int_t)shown.delivered));
}

void api_export_get(struct http_request *http)
{
	http_request_edit(http, EDIT_EXPORT);
}

/* The descriptor is the response's from here on. */
void api_export_got(struct http_request *http, const struct pending_answer *answer)
{
	struct edit_job *job = answer->edit;
	struct stat st;
	int fd = job->fd;

	if (fstat(fd, &st)) {
		http_request_fail(http, MHD_HTTP_INTERNAL_SERVER_ERROR, "the export is lost");
		return;
	}
	job->fd = -1;
	http_request_reply_file(http, fd, (uint64_t)st.st_size, "application/yaml");
}
