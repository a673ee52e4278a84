#!/bin/sh
# Is the web server alive?  If not, start it; if that is of no use, end the
# director, so that the address moves.
alive() {
	[ -s "$PIDFILE" ] && kill -0 "$(cat "$PIDFILE")" 2>/dev/null
}
alive && exit 0
nginx -c "$NGINX_CONF" &
sleep 1
alive || kill "$(cat "$DIRECTOR_PID")"
