#!/bin/sh
# The start of an rc.d script. Its values come from --set or from the lines below.
: ${ng_netflow_interface="em0"}
ng_netflow_collect_addr=192.0.2.10
ng_netflow_collect_port=4444

kldload ng_ether ng_netflow ng_ksocket
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer ${ng_netflow_interface}: netflow lower iface0
	name ${ng_netflow_interface}:lower netflow
	connect ${ng_netflow_interface}: netflow: upper out0
	msg netflow: setconfig {iface=0 conf=7}
	mkpeer netflow: ksocket export9 inet/dgram/udp
	name netflow:export9 nfsock
	msg nfsock: connect inet/${ng_netflow_collect_addr}:${ng_netflow_collect_port}
SEQ
