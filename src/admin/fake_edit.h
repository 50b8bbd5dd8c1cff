// SPDX-License-Identifier: Apache-2.0
/*
 * For tests: a real editing thread over a database in a directory of the test,
 * and a thread that stands where the loop takes what was committed.
 */
#pragma once

#include "edit/edit.h"

struct fake_edit;

struct fake_edit *fake_edit_new(const char *dir);
void fake_edit_free(struct fake_edit **fake);

struct edit *fake_edit_edit(struct fake_edit *fake);

/* How many objects the core has been given so far, and how often parameters. */
unsigned fake_edit_objects(struct fake_edit *fake);
unsigned fake_edit_params(struct fake_edit *fake);

/* The core refuses what it is given from here on. */
void fake_edit_refuse(struct fake_edit *fake);

/* Nothing is taken from here on, until it is told otherwise. */
void fake_edit_hold(struct fake_edit *fake, bool hold);

/* How often something committed was there to be taken meanwhile. */
unsigned fake_edit_held(struct fake_edit *fake);
