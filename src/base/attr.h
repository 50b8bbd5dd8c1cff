// SPDX-License-Identifier: Apache-2.0
/*
 * Names for the compiler attributes we use, the same for gcc and clang in C17.
 */
#pragma once

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
