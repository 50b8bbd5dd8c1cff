// SPDX-License-Identifier: Apache-2.0
/*
 * What a unit test includes after the header it tests: cmocka, behind the
 * system headers that cmocka wants to find included already.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
