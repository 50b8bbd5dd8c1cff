// SPDX-License-Identifier: Apache-2.0
/*
 * OpenSSL's types.h has a type ERR_STATE, and base/error.h has a code of that
 * name: here OpenSSL's is given another, which nobody uses.
 */
#pragma once

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#include <openssl/rand.h>
#undef ERR_STATE
