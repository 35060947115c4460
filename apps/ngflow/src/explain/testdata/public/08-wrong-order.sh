#!/bin/sh
# A how-to whose steps are in the wrong order: the node is used before it has its name.
kldload ng_netflow
ngctl mkpeer em0: netflow lower iface0
ngctl connect em0: netflow: upper out0
ngctl name em0:lower netflow
ngctl mkpeer netflow: ksocket export inet/dgram/udp
ngctl msg netflow:export connect inet/192.0.2.1:2055
