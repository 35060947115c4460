#!/bin/sh
# The bridge of a virtual machine monitor between its interface and the real one.
IF=em0
VM=vmnet1
BRIDGE=vmnet-br0
kldload ng_ether; kldload ng_bridge
ngctl mkpeer $VM: bridge lower link0 && ngctl name $VM:lower $BRIDGE
ngctl connect $VM: $BRIDGE: upper link1
ngctl connect $IF: $BRIDGE: lower link2
ngctl connect $IF: $BRIDGE: upper link3
ngctl msg $VM: setpromisc 1
ngctl msg $VM: setautosrc 0
ngctl msg $IF: setpromisc 1
ngctl msg $IF: setautosrc 0
