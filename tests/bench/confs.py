# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The configurations the bench runs, as text.  Pure."""

from __future__ import annotations

VRRP_NET = "10.99"
CHECK_NET = "10.98"
CHECK_PORT = 8080


def vip(vrid: int) -> str:
    return f"{VRRP_NET}.1.{vrid}"


def global_defs(**extra: str) -> str:
    lines = ["router_id bench", "vrrp_garp_master_delay 1",
             *(f"{k} {v}" for k, v in extra.items())]
    return "global_defs {\n" + "".join(f"    {x}\n" for x in lines) + "}\n"


def instance_text(name: str, interface: str, vrid: int, priority: int,
                  advert: str, vips: list[str],
                  excluded: list[str] | None = None) -> str:
    def block(word: str, addresses: list[str]) -> str:
        return f"    {word} {{\n" + "".join(
            f"        {vip}\n" for vip in addresses) + "    }\n"

    return (f"vrrp_instance {name} {{\n"
            f"    state {'MASTER' if priority > 150 else 'BACKUP'}\n"
            f"    interface {interface}\n"
            f"    virtual_router_id {vrid}\n"
            f"    priority {priority}\n"
            f"    version 3\n"
            f"    advert_int {advert}\n"
            + block("virtual_ipaddress", vips)
            + (block("virtual_ipaddress_excluded", excluded)
               if excluded else "") + "}\n")


def vrrp_instance(vrid: int, interface: str, priority: int,
                  advert: str) -> str:
    return instance_text(f"VI_{interface}_{vrid}", interface, vrid, priority,
                         advert, [f"{vip(vrid)}/32"])


def vrrp(count: int, interface: str, priority: int, advert: str) -> str:
    return global_defs() + "".join(
        vrrp_instance(vrid, interface, priority, advert)
        for vrid in range(1, count + 1))


def vrrp_many(interfaces: list[str], each: int) -> str:
    """each instances on each of the interfaces, as an old file has them."""
    return global_defs() + "".join(
        vrrp_instance(vrid, interface, 100, "1")
        for interface in interfaces for vrid in range(1, each + 1))


def real_server(address: str, port: int, weight: int, check: str) -> str:
    return (f"    real_server {address} {port} {{\n"
            f"        weight {weight}\n"
            f"{check}"
            f"    }}\n")


TCP_CHECK = ("        TCP_CHECK {\n"
             "            connect_timeout 3\n"
             "            retry 1\n"
             "            delay_before_retry 1\n"
             "        }\n")


def address(net: str, index: int) -> str:
    """The index-th address of net.16.0/12 or so: 250 to a block."""
    return f"{net}.{16 + index // 250}.{1 + index % 250}"


def virtual_server(index: int, servers: list[str], delay: str = "1") -> str:
    return (f"virtual_server {VRRP_NET}.{100 + index // 250}."
            f"{1 + index % 250} 80 {{\n"
            f"    delay_loop {delay}\n"
            f"    lvs_sched rr\n"
            f"    lvs_method NAT\n"
            f"    protocol TCP\n" + "".join(servers) + "}\n")


def first_service() -> tuple[str, int]:
    """Address and port of virtual_server(0, ...)."""
    return f"{VRRP_NET}.100.1", 80


def virtual_servers(count: int, each: int, check: str = TCP_CHECK,
                    first_weight: int = 1) -> str:
    """count virtual servers of each real servers, all on addresses of
    CHECK_NET.  The weight of the very first server can be chosen."""
    parts = []
    for i in range(count):
        servers = [
            real_server(f"{CHECK_NET}.{16 + j}.{1 + i % 250}", 80 + i // 250,
                        first_weight if i == j == 0 else 1, check)
            for j in range(each)]
        parts.append(virtual_server(i, servers))
    return "".join(parts)


def tcp_check(timeout: int = 3, retry: int = 0) -> str:
    return ("        TCP_CHECK {\n"
            f"            connect_timeout {timeout}\n"
            f"            retry {retry}\n"
            "            delay_before_retry 1\n"
            "        }\n")


def http_check(kind: str = "HTTP_GET") -> str:
    return (f"        {kind} {{\n"
            "            url {\n"
            "                path /\n"
            "                status_code 200\n"
            "            }\n"
            "            connect_timeout 3\n"
            "            retry 0\n"
            "            delay_before_retry 1\n"
            "        }\n")


def pools(count: int, each: int, check: str, delay: int = 1,
          port: int = CHECK_PORT) -> str:
    """count real servers in all, each of them in one virtual server."""
    return "".join(
        virtual_server(first // each, [
            real_server(address(CHECK_NET, i), port, 1, check)
            for i in range(first, min(first + each, count))], str(delay))
        for first in range(0, count, each))


def shared_pools(services: int, each: int) -> str:
    """Many services of the same few servers."""
    servers = [real_server(address(CHECK_NET, i), CHECK_PORT, 1, tcp_check())
               for i in range(each)]
    return "".join(virtual_server(i, servers) for i in range(services))


def checks(count: int) -> str:
    """count virtual servers of one real server each, no two alike, so that
    each has a check of its own each second."""
    return "".join(
        virtual_server(i, [real_server(address(CHECK_NET, i), CHECK_PORT, 1,
                                       TCP_CHECK)])
        for i in range(count))
