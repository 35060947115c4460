#!/bin/sh
# A tunnel of UDP datagrams between two networks.
LOC_INTERIOR_IP=192.0.2.1
LOC_EXTERIOR_IP=198.51.100.1
REM_INTERIOR_IP=192.0.2.129
REM_EXTERIOR_IP=203.0.113.2
REM_INSIDE_NET=192.0.2.128
UDP_TUNNEL_PORT=4028

if ifconfig ng0 >/dev/null 2>&1; then
	ifconfig ng0 inet down delete >/dev/null 2>&1
	ngctl shutdown ng0:
else
	ngctl mkpeer iface dummy inet
fi
ngctl mkpeer ng0: ksocket inet inet/dgram/udp
ngctl msg ng0:inet bind inet/${LOC_EXTERIOR_IP}:${UDP_TUNNEL_PORT}
ngctl msg ng0:inet connect inet/${REM_EXTERIOR_IP}:${UDP_TUNNEL_PORT}
ifconfig ng0 ${LOC_INTERIOR_IP} ${REM_INTERIOR_IP}
route add ${REM_INSIDE_NET} ${REM_INTERIOR_IP}
