#!/bin/sh
# A residential gateway behind a router: EAP frames pass between two ports, the rest is VLAN 0 of one of them.
ONT_IF='em0'
RG_IF='em1'
RG_ETHER_ADDR='02:00:5e:00:53:11'
LOG=/var/log/pfatt.log

getTimestamp() {
	date "+%Y-%m-%d %H:%M:%S :: [pfatt] ::"
}

{
	echo "$(getTimestamp) resetting netgraph"
	/usr/sbin/ngctl shutdown waneapfilter: > /dev/null 2>&1
	/usr/sbin/ngctl shutdown laneapfilter: > /dev/null 2>&1
	/usr/sbin/ngctl shutdown ngeth0: > /dev/null 2>&1
	/sbin/kldload -nq ng_etf
	/sbin/kldload -nq ng_ether

	echo -n "$(getTimestamp) creating one2many... "
	/usr/sbin/ngctl mkpeer $ONT_IF: one2many lower one
	/usr/sbin/ngctl name $ONT_IF:lower o2m
	echo "OK"

	echo -n "$(getTimestamp) creating vlan and interface... "
	/usr/sbin/ngctl mkpeer o2m: vlan many0 downstream
	/usr/sbin/ngctl name o2m:many0 vlan0
	/usr/sbin/ngctl mkpeer vlan0: eiface vlan0 ether
	/usr/sbin/ngctl msg vlan0: 'addfilter { vlan=0 hook="vlan0" }'
	/usr/sbin/ngctl msg ngeth0: set $RG_ETHER_ADDR
	echo "OK"

	/usr/sbin/ngctl mkpeer o2m: etf many1 downstream
	/usr/sbin/ngctl name o2m:many1 waneapfilter
	/usr/sbin/ngctl connect waneapfilter: $ONT_IF: nomatch upper
	/usr/sbin/ngctl mkpeer $RG_IF: etf lower downstream
	/usr/sbin/ngctl name $RG_IF:lower laneapfilter
	/usr/sbin/ngctl connect laneapfilter: $RG_IF: nomatch upper
	/usr/sbin/ngctl connect waneapfilter: laneapfilter: eapout eapout
	/usr/sbin/ngctl msg waneapfilter: 'setfilter { matchhook="eapout" ethertype=0x888e }'
	/usr/sbin/ngctl msg laneapfilter: 'setfilter { matchhook="eapout" ethertype=0x888e }'
	/usr/sbin/ngctl msg o2m: setconfig "{ xmitAlg=2 failAlg=1 enabledLinks=[ 1 1 ] }"
	/usr/sbin/ngctl rmhook waneapfilter: nomatch

	for i in $ONT_IF $RG_IF; do
		/sbin/ifconfig $i up
		/sbin/ifconfig $i promisc
	done
} >> $LOG
