#!/bin/sh
# The start script of a firewall that exports several interfaces to itself, where a repeater sends copies on.
. /etc/rc.subr

if [ -f /usr/local/etc/netflow.conf ]; then
    . /usr/local/etc/netflow.conf
fi

name=netflow
rcvar=netflow_enable
start_cmd="${name}_start"
stop_cmd="${name}_stop"
status_cmd="${name}_status"

[ -z "$netflow_enable" ] && netflow_enable="NO"

setup_interface()
{
    interface=$1
    port=`echo $2 | /usr/bin/sed 's/:/ /g' | /usr/bin/awk '{print $2}'`
    targets=`echo $3 | /usr/bin/sed 's/:/\//g'`
    echo "setup $interface ($2 $targets)"
    if ! /usr/sbin/ngctl show netflow_$interface: > /dev/null 2>&1; then
        /usr/local/sbin/ngattach $interface
        if ! /usr/sbin/ngctl -f - <<-SEQ
            mkpeer $interface: netflow lower iface0
            name $interface:lower netflow_$interface
            connect $interface: netflow_$interface: upper out0
            mkpeer netflow_$interface: ksocket export9 inet/dgram/udp
            msg netflow_$interface: setconfig { iface=0 conf=3 }
            msg netflow_$interface: settimeouts { inactive=$netflow_inactive_timeout active=$netflow_active_timeout }
            msg netflow_$interface:export9 connect inet/$2
SEQ
        then
            echo "cannot set up $interface"
            return 1
        fi
    fi
    if [ -n "$targets" ]; then
        /usr/local/bin/samplicate -s 127.0.0.1 -f -p $port $targets
    fi
}

netflow_start()
{
    for interface in $netflow_interfaces; do
        eval "inner=\$netflow_${interface}_int_destination"
        eval "outer=\$netflow_${interface}_destinations"
        if [ "$inner" != "" ]; then
            setup_interface "$interface" "$inner" "$outer"
        fi
    done
}

netflow_stop()
{
    for interface in `/usr/sbin/ngctl list | /usr/bin/grep "Type: netflow" | /usr/bin/awk '{print $2}'`; do
        /usr/sbin/ngctl shutdown $interface: > /dev/null 2>&1
    done
}

netflow_status()
{
    if /usr/sbin/ngctl list | /usr/bin/grep -q "Type: netflow"; then
        echo "netflow is active"
    else
        echo "netflow is not active"
    fi
}

load_rc_config $name
run_rc_command $1
