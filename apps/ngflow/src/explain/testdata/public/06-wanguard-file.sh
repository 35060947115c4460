#!/bin/sh
# Management script: writes a file for each interface and reads it with ngctl.
server=203.0.113.40
port=2055
interfaces="em0 em1"

netflow_start()
{
	kldload -nq netgraph ng_ether ng_socket ng_ksocket ng_netflow
	for if in $interfaces; do
		f=/tmp/netflow.$if
		cat > $f <<-CONF
			mkpeer $if: netflow lower iface0
			name $if:lower netflow_$if
			connect $if: netflow_$if: upper out0
			mkpeer netflow_$if: ksocket export inet/dgram/udp
		CONF
		echo "msg netflow_$if: settimeouts { inactive=15 active=60 }" >> $f
		echo "msg netflow_$if:export connect inet/$server:$port" >> $f
		ngctl -f $f
		rm -f $f
	done
}

netflow_stop()
{
	for if in $interfaces; do
		ngctl shutdown netflow_$if:
	done
}

case "$1" in
start) netflow_start ;;
stop) netflow_stop ;;
restart) netflow_stop; netflow_start ;;
*) echo "usage: $0 start|stop|restart"; exit 1 ;;
esac
