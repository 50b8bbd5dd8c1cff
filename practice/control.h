// SPDX-License-Identifier: Apache-2.0
/*
 * The control socket: a Unix stream socket on which every line is a command of
 * practice/command.h. Several clients may be connected.
 */
#pragma once

#include "practice/wire.h"

struct control {
	uv_pipe_t pipe;
	struct wire *wire;
};

/* Listens; a socket that an earlier process left is replaced. A libuv error code. */
MUST_CHECK int control_open(
    struct control *control, uv_loop_t *loop, struct wire *wire, const char *path);
