// SPDX-License-Identifier: Apache-2.0
/*
 * What an operator wants: given to core_command(). Every command carries a
 * `request` number of the caller's choice that its answers bear. Configs and
 * slices live for the call; the core copies what it keeps.
 */
#pragma once

#include "model/registration_config.h"
#include "param/params.h"

enum command_kind {
	COMMAND_PARAMS,  /* replace all parameters */
	COMMAND_PUT,     /* add or change a registration */
	COMMAND_REMOVE,  /* remove a registration; its binding becomes a debt */
	COMMAND_REFRESH, /* refresh now */
	COMMAND_LIST,    /* a page of registrations: EFFECT_VIEW…, EFFECT_VIEW_END */
	COMMAND_SHOW,    /* one by name */
	COMMAND_STATUS,
	COMMAND_STOP,    /* cancel everything and report: EFFECT_STOP_BEGIN … EFFECT_STOP_END */
	COMMAND_TRACE,   /* look on at one: EFFECT_TRACE_BEGIN, then EFFECT_TRACE without end */
	COMMAND_UNTRACE, /* who asked looks on no more; of the same name, once for each TRACE */
};

#define COMMAND_PAGE_MAX 256 /* registrations one COMMAND_LIST looks at */

struct command {
	enum command_kind kind;
	uint64_t request;
	union {
		const struct params *params;
		const struct registration_config *put;
		struct slice name; /* REMOVE, REFRESH, SHOW, TRACE, UNTRACE */
		struct {
			uint32_t from; /* 0, or EFFECT_VIEW_END's next */
			uint32_t limit;
		} list;
	};
};
