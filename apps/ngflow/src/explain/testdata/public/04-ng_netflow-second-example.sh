#!/bin/sh
# ng_netflow(4), second example: a serial line with an iface node.
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer netflow iface0 iface0
	name .:iface0 netflow
	mkpeer netflow: iface out0 inet
	name netflow:out0 serial0
	mkpeer netflow: ksocket export inet/dgram/udp
	msg netflow: setdlt { iface=0 dlt=12 }
	msg netflow: setifindex { iface=0 index=5 }
	msg netflow:export connect inet/192.0.2.1:4444
SEQ
ifconfig ng0 198.51.100.1 198.51.100.2
ngctl msg serial0: getifname
