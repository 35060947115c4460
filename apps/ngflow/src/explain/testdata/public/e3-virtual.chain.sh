#!/bin/sh
# Routers in jails, each connected with the next by a pair of interfaces.
TARGET_TOPOLOGY="n1|192.0.2.1/30<->n2|192.0.2.2/30 n2|192.0.2.5/30<->n3|192.0.2.6/30"
STATIC_ROUTE0="jexec n1 route add -inet default 192.0.2.2"
STATIC_ROUTE1="jexec n3 route add -inet default 192.0.2.5"
STATIC_ROUTE_CNT=2
TEMP_FILE="/var/tmp/.virtual.chain.tmp"

virtual_chain_start() {
	for KLD in ng_ether ng_bridge ng_eiface; do
		if ! kldstat -v | grep -qw ${KLD}; then
			kldload ${KLD} || exit 1
		fi
	done
	for CONNECTION in ${TARGET_TOPOLOGY}; do
		PEER1=`echo ${CONNECTION} | awk -F"<->" '{print $1}'`
		PEER1_NAME=`echo ${PEER1} | awk -F"|" '{print $1}'`
		PEER1_IP=`echo ${PEER1} | awk -F"|" '{print $2}'`
		PEER2=`echo ${CONNECTION} | awk -F"<->" '{print $2}'`
		PEER2_NAME=`echo ${PEER2} | awk -F"|" '{print $1}'`
		PEER2_IP=`echo ${PEER2} | awk -F"|" '{print $2}'`
		virtual_chain_create_peer_if_necessary ${PEER1_NAME}
		virtual_chain_create_peer_if_necessary ${PEER2_NAME}
		virtual_chain_create_interface_with_ip ${PEER1_NAME} ${PEER1_IP}
		PEER1_INTERFACE=${RET_INTERFACE}
		virtual_chain_create_interface_with_ip ${PEER2_NAME} ${PEER2_IP}
		PEER2_INTERFACE=${RET_INTERFACE}
		ngctl connect ${PEER1_INTERFACE}: ${PEER2_INTERFACE}: ether ether \
			|| exit 1
	done
	i=0
	while [ $i != $STATIC_ROUTE_CNT ]; do
		eval ROUTE=\${STATIC_ROUTE${i}}
		ret=`${ROUTE}`
		i=`expr $i + 1`
	done
}

virtual_chain_create_interface_with_ip() {
	NODE_NAME=$1
	NODE_IP=$2
	ngctl mkpeer eiface ether ether
	EIFACE=`ngctl l | grep ngeth | tail -n 1| awk '{print $2}'`
	echo "interface ${EIFACE}" >> ${TEMP_FILE}
	ifconfig ${EIFACE} vnet ${NODE_NAME}
	IPVER=`echo ${NODE_IP} | awk -F"." '{ split($4,last,"/"); \
		if( NF==4 && $1>0 && $1<256 && $2<256 && $3<256 && \
		last[1]<256) print "inet"; else print "inet6"}'`
	jexec ${NODE_NAME} ifconfig ${EIFACE} ${IPVER} ${NODE_IP}
	RET_INTERFACE=${EIFACE}
}

virtual_chain_create_peer_if_necessary() {
	if ! grep -q $1 ${TEMP_FILE} ; then
		jail -c vnet name=${1} host.hostname=${1} \
			path=/usr/jails/router persist
		jexec ${1} sysctl -w net.inet.ip.forwarding=1
		echo "node ${1}" >> ${TEMP_FILE}
	fi
}

case $1 in
	start) virtual_chain_start ;;
	*) echo "usage: $0 start"; exit 1
esac
