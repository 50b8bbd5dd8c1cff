// SPDX-License-Identifier: Apache-2.0
/*
 * What the core allocates only the core frees, so a sum is enough.
 */
#include "sim/weigh.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD sizeof(size_t) /* the allocator's own, before each block */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static bool is_core;
static uint64_t held;

void weigh_begin(void)
{
	is_core = true;
}

void weigh_end(void)
{
	is_core = false;
}

uint64_t weigh_held(void)
{
	return held;
}

uint64_t weigh_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (file) {
		if (fscanf(file, "%*u %lu", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void *add(void *p)
{
	if (is_core && p)
		held += malloc_usable_size(p) + HEAD;
	return p;
}

static void drop(void *p)
{
	if (is_core && p)
		held -= malloc_usable_size(p) + HEAD;
}

void *__wrap_malloc(size_t size)
{
	return add(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return add(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	size_t before = is_core && p ? malloc_usable_size(p) + HEAD : 0;
	void *moved = __real_realloc(p, size);

	if (moved || size == 0)
		held -= before;
	return add(moved);
}

void __wrap_free(void *p)
{
	drop(p);
	__real_free(p);
}
