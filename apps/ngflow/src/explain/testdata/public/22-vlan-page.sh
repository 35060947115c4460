#!/bin/sh
# vlan(4): two VLANs of an interface, each as an interface of its own.
ETHER_IF=rl0
ngctl shutdown ${ETHER_IF}: 2>/dev/null
ngctl mkpeer ${ETHER_IF}: vlan lower downstream
ngctl name ${ETHER_IF}:lower vlan
ngctl connect ${ETHER_IF}: vlan: upper nomatch
ngctl mkpeer vlan: eiface vlan123 ether
ngctl msg vlan: addfilter '{ vlan=123 hook="vlan123" }'
ngctl mkpeer vlan: eiface vlan456 ether
ngctl msg vlan: addfilter '{ vlan=456 hook="vlan456" }'
ngctl msg vlan: gettable
