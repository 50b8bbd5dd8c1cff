// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a YAML file on their way to the parser: they must be UTF-8
 * without control characters, and without directives (`%` at the start of a
 * line), on which libfyaml 0.7.12 can turn for ever. Bad bytes end the input
 * and are a problem.
 */
#pragma once

#include "config/problems.h"

#include <stdio.h>
#include <sys/types.h>

struct yaml_input {
	struct problems *problems;
	FILE *file;        /* where the bytes come from; NULL: `text` */
	struct slice text; /* what is left of it */
	struct mark mark;  /* of the next byte, columns counted in characters */
	uint8_t need;      /* bytes that the character under way still needs */
	uint8_t low, high; /* what the next of them may be */
	uint32_t character;
	bool at_line_start;
	bool bad;
};

/* Owns the file, if one is given. */
void yaml_input_init(
    struct yaml_input *input, struct problems *problems, FILE *file, struct slice text);
void yaml_input_close(struct yaml_input *input);

/* libfyaml's callback: up to `count` bytes, 0 at the end, -1 where reading fails. */
ssize_t yaml_input_read(void *input, void *bytes_r, size_t count);
