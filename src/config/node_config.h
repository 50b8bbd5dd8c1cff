// SPDX-License-Identifier: Apache-2.0
/*
 * regent.yaml: what belongs to the node and not to its registrations
 * (docs/interface.md). Read once at start, and again on SIGHUP.
 */
#pragma once

#include "base/log.h"
#include "base/netaddr.h"
#include "config/problems.h"

#define NODE_LISTEN_MAX  16
#define NODE_DOMAINS_MAX 8

struct node_listen {
	uint8_t transport; /* enum sip_transport */
	struct netaddr address;
};

/* Texts are owned by the struct and NUL-terminated; paths are absolute. */
struct node_config {
	char *node; /* the label; without one the host's name */
	struct node_listen listen[NODE_LISTEN_MAX];
	unsigned listen_count; /* at least 1 */
	char *advertise;       /* NULL without */
	char *domains[NODE_DOMAINS_MAX];
	unsigned domain_count; /* 0: every domain that a phone names is ours */
	char *realm;
	char *state;
	char *admin_socket;
	bool is_portable;            /* identity: portable */
	struct netaddr admin_listen; /* without a family: not over TCP */
	enum log_level log_level;
	enum log_format log_format;
};

/*
 * Reads and checks a file. ERR_IO where it cannot be read, ERR_SYNTAX where it
 * is wrong (all problems are collected), ERR_MEMORY. On success the caller frees
 * the config; otherwise there is nothing to free.
 */
MUST_CHECK int node_config_read(
    const char *path, struct node_config *config_r, struct problems *problems);

/* The same for a text; relative paths in it are relative to `directory`, an absolute path. */
MUST_CHECK int node_config_read_text(struct slice text, const char *directory,
    struct node_config *config_r, struct problems *problems);

void node_config_free(struct node_config *config);
