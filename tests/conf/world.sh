# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Sourced by the golden tests: runs the script that sources it in a network
# namespace of its own with the links $WORLD_LINKS, so that what a test says
# of interfaces does not depend on the machine.  The namespace dies with it.

if [ "${WORLD_INSIDE:-}" != 1 ]; then
	export WORLD_INSIDE=1
	exec unshare --user --map-root-user --net "$0" "$@"
fi
ip link set lo up
# An odd one out gets a peer that nobody names.
# shellcheck disable=SC2086
set -- ${WORLD_LINKS:-eth0 eth1 ens33} -- "$@"
while [ "$1" != -- ]; do
	ip link add "$1" type veth peer name "$1.p"
	ip link set "$1" up
	ip link set "$1.p" up
	shift
done
shift
# Where the program is; tests run from anywhere.
duumvir=$(readlink -f "${DUUMVIR_BUILD:-$(dirname "$0")/../../build}")/duumvir
if [ ! -x "$duumvir" ]; then
	echo "no program $duumvir: build first, or set DUUMVIR_BUILD"
	exit 1
fi
