# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# tools/packages.sh: find and install what a command needs; sourced.
#
# Each need is "PROBE PACKAGE": where the probe fails, the package is wanted.
# The libraries come from configure.ac, their only list.  Without apt or
# without root it names what is missing and goes no further.  Installing never
# starts or enables a service.

probes_build() {
	cat <<-END
		cmd:gcc gcc
		cmd:make make
		cmd:autoreconf autoconf
		cmd:automake automake
		cmd:pkg-config pkg-config
		cmd:xz xz-utils
		inc:uthash.h uthash-dev
	END
	sed -n 's/.*DV_LIB(\[[A-Z0-9_]*\], \[\([^] ]*\)[^]]*\], \[\([^]]*\)\]).*/pc:\1 \2/p' \
		"$top/configure.ac"
}
probes_test() {
	cat <<-END
		cmd:/usr/bin/python3 python3
		py:pytest python3-pytest
		py:xdist python3-pytest-xdist
		py:pyroute2 python3-pyroute2
		py:scapy python3-scapy
		py:aiosmtpd python3-aiosmtpd
		py:cryptography python3-cryptography
		cmd:openssl openssl
		cmd:ip iproute2
		cmd:modprobe kmod
		cmd:ipvsadm ipvsadm
		cmd:nginx nginx-light
		cmd:keepalived keepalived
		cmd:ps procps
		cmd:nft nftables
		cmd:iptables iptables
		cmd:ipset ipset
		cmd:killall psmisc
		cmd:/usr/lib/frr/vrrpd frr
		cmd:curl curl
	END
}
probes_lab() {
	cat <<-END
		cmd:/usr/bin/python3 python3
		py:pytest python3-pytest
		cmd:ip iproute2
		cmd:ipvsadm ipvsadm
		cmd:nginx nginx-light
		cmd:qemu-system-x86_64 qemu-system-x86
		static:busybox busybox-static
		cmd:modprobe kmod
		cmd:xz xz-utils
		cmd:zstd zstd
		apt:linux-image-amd64|linux-image-generic (kernel)
	END
}
probes_lint() {
	cat <<-END
		cmd:/usr/bin/python3 python3
		cmd:clang-format-14|clang-format clang-format-14
		cmd:mandoc mandoc
	END
}
probes_clang() {
	cat <<-END
		cmd:clang clang
		rt:fuzzer libclang-rt-dev
	END
}

# have PROBE: whether it is there.
have() {
	local kind=${1%%:*} what=${1#*:} one
	case $kind in
	cmd)
		for one in ${what//|/ }; do
			command -v "$one" >/dev/null && return 0
		done
		return 1
		;;
	static) dpkg-query -W -f '${Status}' busybox-static 2>/dev/null |
		grep -q 'ok installed' ;;
	pc) pkg-config --exists "$what" 2>/dev/null ;;
	inc) [ -f "/usr/include/$what" ] || [ -f "/usr/local/include/$what" ] ;;
	rt) [ -f "$(clang -print-file-name="libclang_rt.$what-$(uname -m).a" \
		2>/dev/null)" ] ;;
	py) /usr/bin/python3 -c "import $what" 2>/dev/null ;;
	apt)
		for one in ${what//|/ }; do
			apt-cache show "$one" >/dev/null 2>&1 && return 0
		done
		return 1
		;;
	esac
}

# missing GROUP...: the needs that are not met, one per line.
missing() {
	local group probe package
	for group in "$@"; do
		"probes_$group"
	done | sort -u | while read -r probe package; do
		have "$probe" || echo "$probe $package"
	done
}

# install PACKAGE...: by apt, quietly, with no service started or enabled.
install_packages() {
	local policy=/usr/sbin/policy-rc.d mine='' service rc=0
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		mine=1
	fi
	DEBIAN_FRONTEND=noninteractive apt-get -y -q \
		-o Dpkg::Options::=--force-confold \
		install --no-install-recommends "$@" || rc=$?
	[ -z "$mine" ] || rm -f "$policy"
	for service in nginx-light:nginx keepalived:keepalived ipvsadm:ipvsadm; do
		case " $* " in *" ${service%%:*} "*)
			deb-systemd-helper disable "${service##*:}.service" \
				>/dev/null 2>&1 || true
			;;
		esac
	done
	return "$rc"
}

# need GROUP...: make sure that all needs of these groups are met, or say what
# is missing and fail.
need() {
	local lacks packages
	lacks=$(missing "$@")
	[ -n "$lacks" ] || return 0
	packages=$(printf '%s\n' "$lacks" | sed 's/^[^ ]* //' |
		grep -v '^(' | sort -u | tr '\n' ' ')
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		say "Missing here (what: its package in Debian and Ubuntu):"
		printf '%s\n' "$lacks" |
			sed 's/^[a-z]*:\([^ ]*\) \(.*\)/  \1: \2/'
		[ "$(id -u)" = 0 ] || ! command -v apt-get >/dev/null ||
			say "As root: apt-get install $packages"
		return 1
	fi
	step "updating apt's package lists" apt-get -q update || return 1
	if [ -n "$packages" ]; then
		# shellcheck disable=SC2086
		step "installing $(wc -w <<<"$packages") packages" \
			install_packages $packages || return 1
	fi
	lacks=$(missing "$@")
	[ -z "$lacks" ] || {
		say "Still missing:" "$lacks"
		return 1
	}
}
