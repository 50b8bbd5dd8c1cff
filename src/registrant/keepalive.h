// SPDX-License-Identifier: Apache-2.0
/*
 * Keepalives: two CRLFs on the way that REGISTERs take, from the same socket to
 * the same address, so that a NAT between us and upstream keeps it open for what
 * upstream sends us (RFC 5626 3.5.1; over UDP as many softswitches do it).
 * There is one for each flow, however many registrations live behind it. They
 * take no place in the pace, and whether one arrives is nobody's matter.
 */
#pragma once

#include "registrant/registration.h"

struct keepalive {
	struct wheel_node timer; /* when the next leaves */
	pool_handle handle;
	uint32_t users;      /* registrations that live behind the flow */
	uint16_t interval_s; /* the shortest of those that came */
	struct flow flow;
};

/*
 * The registration is bound over its exchange's flow: has the flow kept open, as
 * its configuration says and, by `auto`, where `is_behind_nat`.
 */
void keepalive_hold(struct registrant *r, struct registration *registration, bool is_behind_nat);

/* The registration needs it no longer; nothing where it did not. */
void keepalive_drop(struct registrant *r, struct registration *registration);

void keepalive_timer(struct registrant *r, struct keepalive *keepalive);
