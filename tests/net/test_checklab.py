# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The fixture of the check tests: it sees what the director thinks."""

import checklab
from checklab import checker, server, service


def test_down_up_and_dumped(checks):
    web = checks.server()
    peer = checks.serve(web, 80, lambda client, peer: peer.ended.wait(10))
    checks.start(service([server(web.v4, 80, checker("TCP_CHECK"))]))
    checks.wait_dump(r"TCP_CHECK \[10.9.0.11\]:tcp:80: up", 10)
    assert peer.count > 0
    peer.close()
    checks.wait_down(web.v4)
    checks.wait_dump("last failure: connection refused")
    mark = checks.mark()
    home = checks.nginx(web, "server { listen 80; listen [::]:80;\n"
                             "root @HOME@/www; }")
    checks.wait_up(web.v4, since=mark)
    assert checklab.VIP in checks.log(mark) and home
