#!/bin/sh
# A how-to that exports over IPv6. The ksocket refuses the protocol family, here and on FreeBSD.
ngctl mkpeer em0: netflow lower iface0
ngctl name em0:lower netflow
ngctl connect em0: netflow: upper out0
ngctl mkpeer netflow: ksocket export9 inet6/dgram/udp6
ngctl msg netflow:export9 connect inet6/[2001:db8::10]:9995
