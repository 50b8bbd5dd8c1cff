// SPDX-License-Identifier: Apache-2.0
/*
 * Sorting the reasons of the operating system into the few kinds that an
 * operator acts upon differently.
 */
#include "store/store_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int code_of(enum store_failure failure)
{
	switch (failure) {
	case STORE_FINE:
		return 0;
	case STORE_UNWRITABLE:
	case STORE_IDENTITY:
		return ERR_ACCESS;
	case STORE_MISSING:
		return ERR_NOT_FOUND;
	case STORE_FULL:
		return ERR_FULL;
	case STORE_BROKEN:
		return ERR_IO;
	case STORE_LOCKED:
		return ERR_LOCKED;
	case STORE_DAMAGED:
	case STORE_NEWER:
		return ERR_DAMAGED;
	case STORE_MEMORY:
		return ERR_MEMORY;
	}
	return ERR_IO;
}

int store_fail(struct store_error *error, enum store_failure failure, const char *format, ...)
{
	va_list args;

	error->failure = failure;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code_of(failure);
}

bool store_is_disk(const struct store_error *error)
{
	return error->failure == STORE_UNWRITABLE || error->failure == STORE_FULL ||
	       error->failure == STORE_BROKEN;
}

static enum store_failure failure_of(int number)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
		return STORE_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return STORE_UNWRITABLE;
	case ENOMEM:
		return STORE_MEMORY;
	default:
		return STORE_BROKEN;
	}
}

int store_fail_errno(struct store_error *error, int number, const char *path, const char *verb)
{
	return store_fail(
	    error, failure_of(number), "%s: cannot be %s: %s", path, verb, strerror(number));
}
