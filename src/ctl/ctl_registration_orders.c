// SPDX-License-Identifier: Apache-2.0
/*
 * `regentctl registration refresh, cancel`: what is ordered of a registration and
 * changes no field of it.
 */
#include "ctl/each.h"

enum ctl_exit ctl_registration_refresh(const struct ctl *ctl)
{
	const struct each each = {"POST", "/refresh", NULL, "is refreshed now"};

	return each_do(ctl, &each);
}

enum ctl_exit ctl_registration_cancel(const struct ctl *ctl)
{
	const struct each each = {"POST", "/cancel", NULL, "its binding is cancelled now"};

	return each_do(ctl, &each);
}
