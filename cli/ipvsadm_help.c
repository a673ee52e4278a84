/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The help of duumvir-ipvsadm, in words of its own. */
#include "cli/ipvsadm_help.h"

#include "config.h"

const char help_text[] =
	"duumvir-ipvsadm " PACKAGE_VERSION
	" (the command line of ipvsadm 1.31)\n"
	"\n"
	"Services:\n"
	"  -A SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M MASK] [-o] [-b FLAGS]\n"
	"             [--pe sip]                add a service\n"
	"  -E SERVICE (the same)                change all of a service\n"
	"  -D SERVICE                           delete a service\n"
	"  -C                                   delete everything\n"
	"  SERVICE is -t HOST[:PORT] (TCP), -u HOST[:PORT] (UDP),\n"
	"  --sctp-service HOST[:PORT], or -f MARK [-6] (a firewall mark)\n"
	"Servers of a service:\n"
	"  -a SERVICE -r HOST[:PORT] [-g|-i|-m] [-w WEIGHT] [-x MAX] [-y MIN]\n"
	"             [--tun-type ipip|gue|gre] [--tun-port PORT]\n"
	"             [--tun-nocsum|--tun-csum|--tun-remcsum]   add\n"
	"  -e SERVICE -r HOST[:PORT] (the same) change all of a server\n"
	"  -d SERVICE -r HOST[:PORT]            delete\n"
	"Looking:\n"
	"  -L [SERVICE] [-n] [--stats|--rate [--exact]] [--thresholds]\n"
	"     [--persistent-conn] [--tun-info] [--nosort]\n"
	"  -Lc [-n] [--persistent-conn]         connections\n"
	"  -L --timeout, -L --daemon            timeouts, sync daemons\n"
	"  -Z [SERVICE]                         counters to zero\n"
	"Whole tables:\n"
	"  -S [-n]                              print as rules\n"
	"  -R                                   rules from standard input\n"
	"Settings:\n"
	"  --set TCP TCPFIN UDP                 timeouts, 0: as it is\n"
	"  --start-daemon master|backup [--syncid ID] [--mcast-interface IF]\n"
	"     [--sync-maxlen BYTES] [--mcast-group ADDRESS] [--mcast-port "
	"PORT]\n"
	"     [--mcast-ttl TTL]\n"
	"  --stop-daemon master|backup\n"
	"\n"
	"Long options are those of ipvsadm(8); see duumvir-ipvsadm(8).\n";

const char save_help_text[] =
	"usage: duumvir-ipvsadm-save [-n]\n"
	"prints the table as rules for duumvir-ipvsadm-restore; -n: numbers "
	"only\n";
