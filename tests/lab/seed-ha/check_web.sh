#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Is the web server alive?  If not, start it; if that is of no use, end the
# director, so that the address moves.
alive() {
	[ -s "$PIDFILE" ] && kill -0 "$(cat "$PIDFILE")" 2>/dev/null
}
alive && exit 0
nginx -c "$NGINX_CONF" &
sleep 1
alive || kill "$(cat "$DIRECTOR_PID")"
