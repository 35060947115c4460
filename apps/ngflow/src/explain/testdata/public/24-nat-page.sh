#!/bin/sh
# nat(4) with ipfw(8): translation in the graph.
kldload ng_ipfw ng_nat
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer ipfw: nat 60 out
	name ipfw:60 nat
	connect ipfw: nat: 61 in
	msg nat: setaliasaddr 203.0.113.35
SEQ
/sbin/ipfw add 300 netgraph 61 all from any to any in recv em0
