#!/bin/sh
# A virtual router's exporter, as a network emulator sets it up inside of a node.
eid=i1200
node=n3
ifc=eth0
collector=198.51.100.20:9996
himage $node@$eid ngctl mkpeer $ifc: netflow lower iface0
himage $node@$eid ngctl name $ifc:lower nf_$node
himage $node@$eid ngctl connect $ifc: nf_$node: upper out0
himage $node@$eid ngctl msg nf_$node: setconfig "{ iface=0 conf=3 }"
himage $node@$eid ngctl mkpeer nf_$node: ksocket export9 inet/dgram/udp
himage $node@$eid ngctl msg nf_$node:export9 connect inet/$collector
