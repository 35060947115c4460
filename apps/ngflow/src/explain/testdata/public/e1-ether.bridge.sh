#!/bin/sh
# Bridges Ethernet interfaces, with the verbs start, stats and stop.
BRIDGE_NAME="bnet0"
BRIDGE_IFACES="em0 em1"
LOCAL_IFACES="em0"

bridge_verify() {
	ngctl info ${BRIDGE_NAME}: >/dev/null 2>&1
	if [ $? -ne 0 ]; then
		echo "${BRIDGE_NAME}: bridge network not found"
		exit 1
	fi
}

bridge_linkstats() {
	STATS=`ngctl msg ${BRIDGE_NAME}: getstats $1`
	if [ $? -ne 0 ]; then
		exit 1
	fi
	echo "${STATS}" | fmt 2 | awk '/=/ { fl=index($0, "="); printf "%20s = %s\n", substr($0, 0, fl - 1), substr($0, fl + 1); }'
}

bridge_start() {
	for KLD in ng_ether ng_bridge; do
		if ! kldstat -v | grep -qw ${KLD}; then
			echo -n "Loading ${KLD}.ko... "
			kldload ${KLD} || exit 1
			echo "done"
		fi
	done
	bridge_stop
	for ETHER in ${BRIDGE_IFACES} ${LOCAL_IFACES}; do
		if ! ngctl info ${ETHER}: >/dev/null 2>&1; then
			echo "Error: interface ${ETHER} does not exist"
			exit 1
		fi
		ifconfig ${ETHER} up || exit 1
	done
	FIRSTIF=`echo ${BRIDGE_IFACES} | awk '{ print $1 }'`
	ngctl mkpeer ${FIRSTIF}: bridge lower link0 || exit 1
	ngctl name ${FIRSTIF}:lower ${BRIDGE_NAME} || exit 1
	LINKNUM=0
	for ETHER in ${BRIDGE_IFACES}; do
		if [ ${LINKNUM} != 0 ]; then
			ngctl connect ${ETHER}: ${BRIDGE_NAME}: \
			    lower link${LINKNUM} || exit 1
		fi
		LINKNUM=`expr ${LINKNUM} + 1`
	done
	for LOCAL_IFACE in ${LOCAL_IFACES}; do
		ngctl connect ${LOCAL_IFACE}: ${BRIDGE_NAME}: \
		    upper link${LINKNUM} || exit 1
		LINKNUM=`expr ${LINKNUM} + 1`
	done
	for ETHER in ${BRIDGE_IFACES}; do
		ngctl msg ${ETHER}: setpromisc 1 || exit 1
		ngctl msg ${ETHER}: setautosrc 0 || exit 1
	done
}

bridge_stop() {
	ngctl kill ${BRIDGE_NAME}: >/dev/null 2>&1
	for ETHER in ${BRIDGE_IFACES} ${LOCAL_IFACES}; do
		ngctl kill ${ETHER}: >/dev/null 2>&1
	done
}

bridge_stats() {
	bridge_verify
	LINKNUM=0
	for ETHER in ${BRIDGE_IFACES}; do
		echo "Network interface ${ETHER}:"
		bridge_linkstats ${LINKNUM}
		LINKNUM=`expr ${LINKNUM} + 1`
	done
}

case $1 in
	start)
		bridge_start
		;;
	stats)
		bridge_verify
		bridge_stats
		;;
	stop)
		bridge_verify
		bridge_stop
		;;
	*)
		echo "usage: $0 [ start | stop | stats ]"
		exit 1
esac
