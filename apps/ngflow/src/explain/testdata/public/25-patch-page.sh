#!/bin/sh
# patch(4) with ipfw(8): sets a field of packets.
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer ipfw: patch 300 in
	name ipfw:300 ttl_add
	msg ttl_add: setconfig { count=1 csum_flags=1 ops=[ { mode=2 value=1 length=1 offset=8 } ] }
SEQ
/sbin/ipfw add 100 netgraph 300 ip from any to any out
