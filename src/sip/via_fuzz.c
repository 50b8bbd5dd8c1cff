// SPDX-License-Identifier: Apache-2.0
/*
 * One Via: the fields that were read agree with its parameters.
 */
#include "sip/via.h"

#include "sip/param.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_error error = {0};
	struct sip_param param;
	struct sip_via via;
	struct slice rest;
	int got;

	if (sip_via_parse(slice_make(data, size), &via, &error)) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	assert(via.host.n && via.transport_name.n);
	assert(via.has_rport == sip_param_find(via.params, "rport", &param));
	if (via.branch.n)
		assert(sip_param_find(via.params, "branch", &param));
	for (rest = via.params; (got = sip_param_next(&rest, &param)) == 1;)
		assert(param.name.n);
	assert(got == 0);
	return 0;
}
