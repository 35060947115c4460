#!/bin/sh
# A network plugin of containers: makes a bridge if there is none, and an interface whose name it asks for.
set -e
bridge=${CNI_BRIDGE:-cni0}
uplink=${CNI_UPLINK:-em0}

if ! ngctl info ${bridge}: > /dev/null 2>&1; then
	ngctl mkpeer ${uplink}: bridge lower link0
	ngctl name ${uplink}:lower ${bridge}
	ngctl connect ${uplink}: ${bridge}: upper link1
	ngctl msg ${uplink}: setpromisc 1
	ngctl msg ${uplink}: setautosrc 0
fi

iface=$(ngctl -f - <<-SEQ | awk '/Name: ngeth/ { print $2 }'
	mkpeer . eiface x ether
	show .:x
SEQ
)
ngctl connect ${iface}: ${bridge}: ether link2
ngctl msg ${iface}: set 02:00:5e:00:53:01
echo "{ \"interface\": \"${iface}\" }"
