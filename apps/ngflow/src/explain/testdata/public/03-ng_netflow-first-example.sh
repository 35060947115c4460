#!/bin/sh
# ng_netflow(4), first example: incoming traffic of one Ethernet interface.
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer fxp0: netflow lower iface0
	name fxp0:lower netflow
	connect fxp0: netflow: upper out0
	mkpeer netflow: ksocket export inet/dgram/udp
	msg netflow:export connect inet/192.0.2.1:4444
SEQ
