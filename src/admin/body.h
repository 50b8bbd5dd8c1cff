// SPDX-License-Identifier: Apache-2.0
/*
 * What a request carries: in memory up to a bound, or in a file of the state
 * directory up to a larger one. What is too much is read and dropped, so that
 * the client gets to hear why.
 */
#pragma once

#include "base/slice.h"

#define BODY_TEXT_MAX (256u * 1024)
#define BODY_FILE_MAX (1024ull * 1024 * 1024)

struct body {
	char *text;
	int fd; /* -1: in memory, or dropped */
	size_t room;
	uint64_t size;
	uint64_t limit;
	int error; /* errno of what could not be kept */
};

/* In memory up to `limit` bytes; 0: all of it is dropped. */
void body_init(struct body *body, uint64_t limit);

/* Goes into a file of that directory from here on. */
void body_into_file(struct body *body, const char *dir);

void body_add(struct body *body, const char *bytes, size_t n);

/* True where there was more than is taken. */
bool body_is_too_large(const struct body *body);

/* The file from its beginning, which is the caller's now; -1 with errno. */
int body_take_fd(struct body *body);

/* Overwrites it, since it may hold passwords. */
void body_end(struct body *body);
