// SPDX-License-Identifier: Apache-2.0
/*
 * "Did you mean": finds, among the words that exist, the one that was probably
 * meant. Words are offered one by one, so that a long list need not be kept.
 */
#pragma once

#include <stdbool.h>

#define SUGGEST_MAX 64 /* longer words are not compared */

struct suggest {
	const char *typed;
	unsigned distance; /* of `word` */
	char word[SUGGEST_MAX + 1];
};

void suggest_init(struct suggest *suggest, const char *typed);
void suggest_offer(struct suggest *suggest, const char *word);

/* The nearest word; NULL where none is near enough to be worth saying. */
const char *suggest_best(const struct suggest *suggest);
