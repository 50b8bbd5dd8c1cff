#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# man_check.sh PAGE: fails where groff has anything to say about a manual page.

said=$(groff -man -ww -z -Tutf8 "$1" 2>&1) || exit 1
[ -z "$said" ] || { echo "$said"; exit 1; }
