"""Public resolvers that answer encrypted questions (DoH, DoT): addresses nobody at school asks directly (F10).

Gathered by us on 2026-11-20 from what each operator publishes about its own service, named beside its row; facts, with
no list of others in them. Only addresses that serve nothing but names stand here: to close them closes no site. A
school adds others with `dns.other_resolvers`; names of such services are the DNS filter's part (category `proxy`).
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

GATHERED = "2026-11-20"
_PUBLISHED = """
https://developers.cloudflare.com/1.1.1.1/ip-addresses/
    1.1.1.1 1.0.0.1 1.1.1.2 1.0.0.2 1.1.1.3 1.0.0.3 2606:4700:4700::1111 2606:4700:4700::1001 2606:4700:4700::1112
    2606:4700:4700::1002 2606:4700:4700::1113 2606:4700:4700::1003 2606:4700:4700::64 2606:4700:4700::6400
https://developers.google.com/speed/public-dns/docs/using
    8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844 2001:4860:4860::6464 2001:4860:4860::64
https://quad9.net/service/service-addresses-and-features/
    9.9.9.9 149.112.112.112 9.9.9.10 149.112.112.10 9.9.9.11 149.112.112.11 9.9.9.12 149.112.112.12 2620:fe::fe
    2620:fe::9 2620:fe::10 2620:fe::fe:10 2620:fe::11 2620:fe::fe:11 2620:fe::12 2620:fe::fe:12
https://www.opendns.com/setupguide/
    208.67.222.222 208.67.220.220 208.67.222.220 208.67.220.222 208.67.222.123 208.67.220.123 208.67.222.2
    208.67.220.2 146.112.41.2 2620:119:35::35 2620:119:53::53 2620:119:35::123 2620:119:53::123 2620:119:fc::2
https://adguard-dns.io/en/public-dns.html
    94.140.14.14 94.140.15.15 94.140.14.15 94.140.15.16 94.140.14.140 94.140.14.141 2a10:50c0::ad1:ff
    2a10:50c0::ad2:ff 2a10:50c0::bad1:ff 2a10:50c0::bad2:ff 2a10:50c0::1:ff 2a10:50c0::2:ff
https://cleanbrowsing.org/filters/
    185.228.168.9 185.228.169.9 185.228.168.10 185.228.169.11 185.228.168.168 185.228.169.168 2a0d:2a00:1::/126
    2a0d:2a00:2::/126
https://controld.com/free-dns
    76.76.2.0/29 76.76.10.0/29 2606:1a40::/125 2606:1a40:1::/125
https://mullvad.net/en/help/dns-over-https-and-dns-over-tls
    194.242.2.2 194.242.2.3 194.242.2.4 194.242.2.5 194.242.2.6 194.242.2.9 2a07:e340::2 2a07:e340::3 2a07:e340::4
    2a07:e340::5 2a07:e340::6 2a07:e340::9
https://dns.sb/guide/
    185.222.222.222 45.11.45.11 2a09::/128 2a11::/128
https://my.nextdns.io/
    45.90.28.0/24 45.90.30.0/24 2a07:a8c0::/31
https://dns.yandex.com/
    77.88.8.8 77.88.8.1 77.88.8.88 77.88.8.2 77.88.8.7 77.88.8.3 2a02:6b8::feed:ff 2a02:6b8:0:1::feed:ff
    2a02:6b8::feed:bad 2a02:6b8:0:1::feed:bad 2a02:6b8::feed:a11 2a02:6b8:0:1::feed:a11
https://www.alidns.com/
    223.5.5.5 223.6.6.6 2400:3200::1 2400:3200:baba::1
https://www.dnspod.cn/products/publicdns
    1.12.12.12 120.53.53.53
https://101.101.101.101/
    101.101.101.101 101.102.103.104 2001:de4::101 2001:de4::102
https://dns.he.net/
    74.82.42.42 2001:470:20::2
https://www.joindns4.eu/for-public
    86.54.11.1 86.54.11.201 86.54.11.12 86.54.11.212 86.54.11.13 86.54.11.213 86.54.11.11 86.54.11.211 86.54.11.100
    86.54.11.200
https://www.cira.ca/en/canadian-shield/configure/
    149.112.121.10 149.112.122.10 149.112.121.20 149.112.122.20 149.112.121.30 149.112.122.30 2620:10a:80bb::10
    2620:10a:80bc::10 2620:10a:80bb::20 2620:10a:80bc::20 2620:10a:80bb::30 2620:10a:80bc::30
https://blog.uncensoreddns.org/dns-servers/
    91.239.100.100 89.233.43.71 2001:67c:28a4::/128 2a01:3a0:53:53::/128
https://www.switch.ch/en/dns-services
    130.59.31.248 130.59.31.251 2001:620:0:ff::2 2001:620:0:ff::3
https://www.fdn.fr/actions/dns/
    80.67.169.12 80.67.169.40 2001:910:800::12 2001:910:800::40
https://www.digitale-gesellschaft.ch/dns/
    185.95.218.42 185.95.218.43 2a05:fc84::42 2a05:fc84::43
https://dns.njal.la/
    95.215.19.53 2001:67c:2354:2::53
"""
"""A line that begins with https: is where the addresses below it are published."""


def _networks(version: int) -> list[str]:
    known = [ip_network(word) for word in _PUBLISHED.split() if not word.startswith("https:")]
    four = collapse_addresses(net for net in known if isinstance(net, IPv4Network))
    six = collapse_addresses(net for net in known if isinstance(net, IPv6Network))
    return [str(net) for net in (four if version == 4 else six)]


SOURCES: tuple[str, ...] = tuple(word for word in _PUBLISHED.split() if word.startswith("https:"))
KNOWN_RESOLVERS: tuple[str, ...] = (*_networks(4), *_networks(6))
"""Networks in CIDR, neighbours joined, IPv4 first."""
