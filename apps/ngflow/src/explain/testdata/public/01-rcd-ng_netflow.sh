#!/bin/sh
# An rc.d script that starts and stops an exporter on one interface.
# PROVIDE: ng_netflow
# REQUIRE: NETWORKING
. /etc/rc.subr

name="ng_netflow"
rcvar="ng_netflow_enable"
required_modules="netgraph ng_ether ng_netflow ng_ksocket"
start_precmd="ng_netflow_prestart"
start_cmd="ng_netflow_start"
stop_cmd="ng_netflow_stop"
status_cmd="ng_netflow_status"
extra_commands="status"

load_rc_config $name
: ${ng_netflow_enable:="NO"}
: ${ng_netflow_version:="9"}
: ${ng_netflow_inactive_timeout:="15"}

ng_netflow_prestart()
{
	if ! ifconfig "${ng_netflow_interface}" > /dev/null 2>&1; then
		err 1 "interface ${ng_netflow_interface} does not exist"
	fi
	case "${ng_netflow_version}" in
	5) _hook=export ;;
	9) _hook=export9 ;;
	*) err 1 "version must be 5 or 9" ;;
	esac
}

ng_netflow_start()
{
	/usr/sbin/ngctl -f- <<-SEQ
		mkpeer ${ng_netflow_interface}: netflow lower iface0
		name ${ng_netflow_interface}:lower netflow
		connect ${ng_netflow_interface}: netflow: upper out0
		msg netflow: setconfig { iface=0 conf=7 }
		msg netflow: settimeouts { inactive=${ng_netflow_inactive_timeout} active=1800 }
		mkpeer netflow: ksocket ${_hook} inet/dgram/udp
		name netflow:${_hook} nfsock
		msg nfsock: connect inet/${ng_netflow_collector_addr}:${ng_netflow_collector_port}
	SEQ
}

ng_netflow_stop()
{
	/usr/sbin/ngctl -f- <<-SEQ
		shutdown netflow:
	SEQ
}

ng_netflow_status()
{
	if /usr/sbin/ngctl show netflow: > /dev/null 2>&1; then
		echo "${name} is running."
	else
		echo "${name} is not running."
		return 1
	fi
}

run_rc_command "$1"
