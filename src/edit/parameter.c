// SPDX-License-Identifier: Apache-2.0
/*
 * An edit of one parameter: read, judged, committed, handed to the core with all
 * others. What another node has committed is read and handed to the core (EDIT_FOLLOW).
 */
#include "edit/context.h"

#include "config/yaml.h"

#include <stdio.h>

struct value {
	char text[128];
	bool is_given, is_null;
};

static void read_value(struct yaml *yaml, void *context, const struct yaml_field *field)
{
	struct value *value = context;

	(void)yaml;
	value->is_given = true;
	value->is_null = field->item.is_null;
	snprintf(value->text, sizeof(value->text), "%.*s", SLICE_ARG(field->item.text));
}

static int read_body(struct edit_job *job, struct value *value_r)
{
	static const struct yaml_row rows[] = {{.name = "value", .read = read_value}};
	struct problems problems;
	struct yaml *yaml;
	int rc;

	*value_r = (struct value){.is_given = false};
	problems_init(&problems, "the request");
	rc = yaml_open_text(slice_make(job->body, job->size), &problems, &yaml);
	if (rc != 0)
		return edit_job_fail(job, rc, "%s", error_text(rc));
	yaml_read_document(yaml, rows, 1, value_r);
	yaml_close(&yaml);
	if (problems.count > 0)
		edit_job_fail_problem(job, &problems, ERR_SYNTAX);
	else if (!value_r->is_given)
		edit_job_fail(job, ERR_SYNTAX, "no value; {\"value\": …} would be right");
	return job->error;
}

static int find(struct edit_job *job, const struct param_row **row_r)
{
	char text[PROBLEM_TEXT_MAX];
	struct buf message = buf_over(text, sizeof(text));
	int rc;

	*row_r = params_find(slice_of(job->name));
	if (*row_r)
		return 0;
	rc = params_refuse_name(slice_of(job->name), &message);
	return edit_job_fail(job, rc, "%s", buf_text(&message));
}

static int store_value(struct edit_context *context, struct edit_job *job,
    const struct param_row *row, const struct params *params, bool is_reset)
{
	char text[64];
	struct buf value = buf_over(text, sizeof(text));
	struct objects_store *store = context->store;
	struct store_error error;
	int rc;

	params_put(&value, row, params);
	rc = is_reset ? store->ops->reset_param(store, row, &error)
	              : store->ops->put_param(store, row, buf_slice(&value), &error);
	if (rc != 0)
		return edit_job_fail_store(job, &error);
	return 0;
}

static void change(struct edit_context *context, struct edit_job *job)
{
	struct edit_item item = {.kind = OBJECT_PARAMETER, .action = OBJECTS_CHANGED};
	struct params params = *context->params;
	const struct param_row *row;
	struct value value = {.is_null = true};
	char text[PROBLEM_TEXT_MAX], default_text[32];
	struct buf message = buf_over(text, sizeof(text));
	struct buf otherwise = buf_over(default_text, sizeof(default_text));
	struct params defaults;
	int rc;

	if (find(job, &row) != 0 || (job->verb == EDIT_PUT && read_body(job, &value) != 0))
		return;
	params_defaults(&defaults);
	params_put(&otherwise, row, &defaults);
	rc = params_set(&params, slice_of(row->name),
	    value.is_null ? buf_slice(&otherwise) : slice_of(value.text), &message);
	if (rc != 0) {
		edit_job_fail(job, rc, "%s", buf_text(&message));
		strcpy(job->field, "value");
		return;
	}
	if (params_equal(&params, context->params))
		item.action = OBJECTS_UNCHANGED;
	edit_job_note(job, &item, slice_of(row->name));
	/* Also where it is the default already: what is set stays when a release changes that. */
	if (store_value(context, job, row, &params, value.is_null) != 0)
		return;
	*context->params = params;
	if (item.action != OBJECTS_UNCHANGED)
		edit_deliver_end(context, job, delivery_params(context->delivery, &params));
}

static void follow(struct edit_context *context, struct edit_job *job)
{
	struct edit_item item = {.kind = OBJECT_PARAMETER, .action = OBJECTS_CHANGED};
	struct store_error error;
	struct params params;

	if (context->store->ops->params(context->store, &params, &error) != 0) {
		edit_job_fail_store(job, &error);
		return;
	}
	edit_job_note(job, &item, slice_of(job->name));
	*context->params = params;
	edit_deliver_end(context, job, delivery_params(context->delivery, &params));
}

void parameter_run(struct edit_context *context, struct edit_job *job)
{
	if (job->verb == EDIT_FOLLOW)
		follow(context, job);
	else
		change(context, job);
}
