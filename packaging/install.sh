#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# packaging/install.sh [--no-services] LIST...
#
# Installs the Debian packages named in the lists that are not there yet, and
# says so first. Where nothing is missing it does not touch apt, so it works
# without network. With --no-services nothing that is installed starts, neither
# now (a temporary policy-rc.d) nor at the next boot (its units are disabled).
set -euo pipefail

policy=/usr/sbin/policy-rc.d
policy_kept=$policy.kept-by-regent

no_services=
if [ "${1:-}" = --no-services ]; then
	no_services=yes
	shift
fi

missing=()
for package in $(sed 's/#.*//' "$@"); do
	status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
	[ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "These packages are missing: ${missing[*]}" >&2
		echo "Installing them needs root: run this as root, or install sudo." >&2
		exit 1
	fi
	as_root=(sudo)
fi

echo "Installing from Debian: ${missing[*]}"
[ -z "$no_services" ] || echo "(No service of theirs is started, now or at boot.)"

apt_get() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
		apt-get -y -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

restore_policy() {
	"${as_root[@]}" rm -f "$policy"
	if [ -e "$policy_kept" ]; then
		"${as_root[@]}" mv "$policy_kept" "$policy"
	fi
}

# A policy that was there comes back in every case; one that a killed run of
# this script left aside is found by the next.
if [ -n "$no_services" ]; then
	if [ -e "$policy" ] && [ ! -e "$policy_kept" ]; then
		"${as_root[@]}" mv "$policy" "$policy_kept"
	fi
	trap restore_policy EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod 755 "$policy"
fi

installed() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u
}

log=$(mktemp)
before=$(mktemp)
installed >"$before"
# Package lists may be missing (a fresh machine) or older than the archive.
if ! apt_get install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
	apt_get update >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
	apt_get install --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
		{ cat "$log" >&2; exit 1; }
fi

# What came along has services, too (erlang-base: epmd).
if [ -n "$no_services" ]; then
	for package in $(installed | comm -13 "$before" -); do
		for file in $(dpkg -L "$package"); do
			case $file in
			*/systemd/system/*@.*) ;;
			*/systemd/system/*.service | */systemd/system/*.socket | */systemd/system/*.timer)
				# It works for nobody but a package's own scripts.
				"${as_root[@]}" env DPKG_MAINTSCRIPT_PACKAGE="$package" \
					deb-systemd-helper disable "${file##*/}" >/dev/null 2>&1 || true
				;;
			/etc/init.d/*)
				"${as_root[@]}" update-rc.d "${file##*/}" disable >/dev/null 2>&1 || true
				;;
			esac
		done
	done
fi
rm -f "$log" "$before"
