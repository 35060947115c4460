#!/bin/sh
# Virtual nodes in jails on the network of an interface: a bridge, and an eiface for each jail.
ETHER_INTF="em0"
TARGET_TOPOLOGY="c1|192.0.2.20/24 c2|192.0.2.21/24 c3|192.0.2.22/24"
MAC_PREFIX="02:00:5e"
TEMP_FILE="/var/tmp/.virtual.lan.tmp"

virtual_lan_start() {
	for KLD in ng_ether ng_bridge ng_eiface; do
		if ! kldstat -v | grep -qw ${KLD}; then
			kldload ${KLD} || exit 1
		fi
	done
	if [ ! -e ${TEMP_FILE} ]; then
		echo "No previous configuration found."
	else
		virtual_lan_stop
	fi
	if ! ngctl info ${ETHER_INTF}: >/dev/null 2>&1; then
		echo "Error: interface ${ETHER_INTF} does not exist"
		exit 1
	fi
	ifconfig ${ETHER_INTF} up || exit 1
	BRIDGE_COUNT=`ngctl l | grep bridge | wc -l | sed -e "s/ //g"`
	BRIDGE_NAME="bridge${BRIDGE_COUNT}"
	ngctl mkpeer ${ETHER_INTF}: bridge lower link0 || exit 1
	ngctl name ${ETHER_INTF}:lower ${BRIDGE_NAME} || exit 1
	ngctl connect ${ETHER_INTF}: ${BRIDGE_NAME}: upper link1 || exit 1
	LINKNUM=2
	echo "bridge ${BRIDGE_NAME}" > ${TEMP_FILE}
	for NODE in ${TARGET_TOPOLOGY}; do
		NODE_NAME=`echo ${NODE} | awk -F"|" '{print $1}'`
		NODE_IP=`echo ${NODE} | awk -F"|" '{print $2}'`
		jail -c vnet name=${NODE_NAME} host.hostname=${NODE_NAME} \
			path=/usr/jails/node persist
		echo "node ${NODE_NAME}" >> ${TEMP_FILE}
		ngctl mkpeer eiface ether ether
		EIFACE=`ngctl l | grep ngeth | tail -n 1| awk '{print $2}'`
		echo "interface ${EIFACE}" >> ${TEMP_FILE}
		ifconfig ${EIFACE} vnet ${NODE_NAME}
		M4=`od -An -N2 -i /dev/random | sed -e 's/ //g' | \
				awk '{ print $1 % 256 }'`
		MAC=`printf ${MAC_PREFIX}:%02x:%02x:%02x ${M4} 1 2`
		jexec ${NODE_NAME} ifconfig ${EIFACE} link $MAC
		jexec ${NODE_NAME} ifconfig ${EIFACE} inet ${NODE_IP}
		ngctl connect ${EIFACE}: ${BRIDGE_NAME}: ether link${LINKNUM} \
			|| exit 1
		LINKNUM=`expr ${LINKNUM} + 1`
	done
}

virtual_lan_stop() {
	if [ ! -e ${TEMP_FILE} ]; then
		echo "Nothing to stop! ${TEMP_FILE}: temp file not found"
	else
		OBJECTS=`cat ${TEMP_FILE} | grep bridge | awk '{print $2}'`
		for BRIDGE in ${OBJECTS}; do
			ngctl shutdown ${BRIDGE}: >/dev/null 2>&1
		done
		OBJECTS=`cat ${TEMP_FILE} | grep interface | awk '{print $2}'`
		for INTERFACE in ${OBJECTS}; do
			ngctl shutdown ${INTERFACE}: >/dev/null 2>&1
		done
		OBJECTS=`cat ${TEMP_FILE} | grep node | awk '{print $2}'`
		for NODE in ${OBJECTS}; do
			jail -r ${NODE}
		done
		rm ${TEMP_FILE}
	fi
}

case $# in
	1)
		case $1 in
			start) virtual_lan_start ;;
			stop) virtual_lan_stop ;;
			*) exit 1
		esac
		;;
	*) exit 1
esac
