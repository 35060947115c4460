#!/bin/sh
# A bridge to the network and a private one, with the interfaces that rc.conf lists.
. /etc/rc.subr
name="ngb"
rcvar="ngb_enable"
start_cmd="ngb_start"
stop_cmd="ngb_stop"
load_rc_config $name
: ${ngb_bridge_list:="public private"}
: ${ngb_public_if:="em0"}
: ${ngb_private_if:="nghost0"}
: ${ngb_public_list:="jail1 jail2"}
LNUM=0

linkpp() {
	LNUM=$((LNUM+1))
}

ngb_public() {
	bridge=$1
	eval linkif=\$ngb_${bridge}_if
	ngctl msg $linkif: setpromisc 1
	ngctl msg $linkif: setautosrc 0
	ngctl mkpeer $linkif: bridge lower link${LNUM}; linkpp
	ngctl name $linkif:lower $bridge
	ngctl connect $linkif: $bridge: upper link${LNUM}; linkpp
	ifconfig $linkif lro -tso4 -tso6 -vlanhwfilter
}

ngb_private() {
	bridge=$1
	eval linkif=\$ngb_${bridge}_if
	ngctl mkpeer . eiface x ether
	ngctl mkpeer ngeth0: bridge ether link${LNUM}; linkpp
	ngctl name ngeth0: $linkif
	ifconfig ngeth0 name $linkif up > /dev/null
	ngctl name $linkif:ether $bridge
}

ngb_addif() {
	bridge=$1
	ifname=$2
	ifconfig $ifname > /dev/null 2>&1 && return
	ngctl mkpeer $bridge: eiface link${LNUM} ether
	ngif=`ngctl show -n $bridge:link${LNUM} | awk '{print $2}'`; linkpp
	ngctl name $ngif: $ifname
	ifconfig $ngif name $ifname > /dev/null
}

ngb_start() {
	kldload -nq ng_ether ng_bridge ng_eiface
	ngb_private private
	ngb_public public
	eval list=\"\$ngb_public_list\"
	[ -z "$list" ] && return
	for newif in $list; do
		ngb_addif public $newif
	done
	echo Created $LNUM links.
}

ngb_stop() {
	ngctl list | awk '/Type: (bridge|eiface)/ {print $2}' | xargs -tn1 -I% ngctl shutdown %: 2>/dev/null
}

run_rc_command "$1"
