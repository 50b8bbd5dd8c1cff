// SPDX-License-Identifier: Apache-2.0
/*
 * The stop: every binding is handed to a debt, all debts are asked at once,
 * and each outcome is reported. It ends when nothing is open, or at its
 * deadline.
 */
#pragma once

#include "registrant/context.h"

void stop_begin(struct registrant *r, uint64_t request);
/*
 * Without any cancel, and without any other request from here on: all is reported as kept, and
 * stays in the ledger for the start that follows.
 */
void stop_begin_keeping(struct registrant *r, uint64_t request);

void stop_timer(struct registrant *r);
