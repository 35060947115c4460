import { type GeneratedFile, MARK } from "./generated-file.ts";

/** The rc.d script for a FreeBSD kernel's own netgraph, where no ngflow runs: POSIX sh, awk, getent and ngctl. */
const SCRIPT = `#!/bin/sh
#
# ${MARK} --for freebsd
#
# PROVIDE: ng_netflow
# REQUIRE: NETWORKING
# BEFORE: SERVERS
# KEYWORD: shutdown
#
# Meters traffic with ng_netflow(4) and sends NetFlow v9 to a collector. In /etc/rc.conf:
#
# ng_netflow_enable="YES"
# ng_netflow_interface="em0"		one or more interfaces
# ng_netflow_collect_addr="10.0.0.9"	IPv4 or IPv6 address, or host name
# ng_netflow_collect_port="4444"

# shellcheck disable=SC1091,SC2034 # rc.subr is part of FreeBSD, and reads the variables
. /etc/rc.subr

name="ng_netflow"
rcvar="ng_netflow_enable"
required_modules="netgraph ng_ether ng_netflow ng_ksocket"
extra_commands="status"
start_precmd="ng_netflow_precheck"
start_cmd="ng_netflow_start"
restart_precmd="ng_netflow_precheck"
stop_cmd="ng_netflow_stop"
status_cmd="ng_netflow_status"

load_rc_config "$name"

: "\${ng_netflow_enable="NO"}"
: "\${ng_netflow_collect_port="4444"}"

# Checks every variable before the first command, and before restart stops anything. Sets ng_netflow_nodes and
# ng_netflow_peer.
ng_netflow_precheck()
{
	# shellcheck disable=SC2016 # the dollar is part of the message
	[ -n "$ng_netflow_interface" ] || err 1 'You must specify $ng_netflow_interface.'
	# shellcheck disable=SC2016
	[ -n "$ng_netflow_collect_addr" ] || err 1 'You must specify $ng_netflow_collect_addr.'
	case $ng_netflow_interface in
	*[!A-Za-z0-9_.:\\ -]*) err 1 'ng_netflow_interface: not a list of interfaces' ;;
	esac
	case $ng_netflow_collect_port in
	'' | *[!0-9]* | ??????*) err 1 'ng_netflow_collect_port: not a number from 1 to 65535' ;;
	esac
	if [ "$ng_netflow_collect_port" -lt 1 ] || [ "$ng_netflow_collect_port" -gt 65535 ]; then
		err 1 'ng_netflow_collect_port: not a number from 1 to 65535'
	fi
	# The name of an interface's node has _ for the characters that end a node's name.
	ng_netflow_nodes=$(printf '%s\\n' "$ng_netflow_interface" | tr '.:' '__' |
		awk '{ $1 = $1; for (i = 1; i <= NF; i++) if (seen[$i]++) exit 1; print }') ||
		err 1 'ng_netflow_interface: an interface is named twice'
	[ -n "$ng_netflow_nodes" ] || err 1 'ng_netflow_interface: names no interface'
	ng_netflow_peer=$(ng_netflow_address "$ng_netflow_collect_addr") ||
		err 1 'ng_netflow_collect_addr: neither an address nor a host name that has one'
}

# Prints the protocol and the address of a collector as ng_ksocket(4) takes them.
ng_netflow_address()
{
	case $1 in
	# Link-local addresses are among them: ng_ksocket(4) takes no name of their interface.
	*[!0-9A-Fa-f:]*:* | *:*[!0-9A-Fa-f:]* | [Ff][Ee][89AaBb]?:*)
		return 1
		;;
	*:*)
		ng_netflow_inet6 "$1"
		;;
	*[!0-9.]*)
		case $1 in
		-* | *[!A-Za-z0-9.-]*) return 1 ;;
		esac
		_found=$(getent hosts "$1" | awk 'NR == 1 { print $1 }')
		case $_found in
		*:*) ng_netflow_inet6 "$_found" ;;
		*) ng_netflow_inet "$_found" ;;
		esac
		;;
	*)
		ng_netflow_inet "$1"
		;;
	esac
}

ng_netflow_inet()
{
	echo "$1" | awk -F . -v port="$ng_netflow_collect_port" '
		NF != 4 { exit 1 }
		{
			for (i = 1; i <= 4; i++)
				if ($i !~ /^[0-9]+$/ || $i > 255) exit 1
			printf "inet/dgram/udp inet/%d.%d.%d.%d:%d\\n", $1, $2, $3, $4, port
		}'
}

# For IPv6, ng_ksocket(4) has only the generic form: length, family, and the bytes of sockaddr_in6.
ng_netflow_inet6()
{
	echo "$1" | awk -v port="$ng_netflow_collect_port" '
		function group(text) {
			if (text == "" || length(text) > 4 || text ~ /[^0-9A-Fa-f]/) { bad = 1; exit }
			text = substr("000" text, length(text))
			bytes = bytes " 0x" substr(text, 1, 2) " 0x" substr(text, 3, 2)
		}
		{
			halves = split($0, half, "::")
			left = split(half[1], head, ":")
			right = halves > 1 ? split(half[2], tail, ":") : 0
			if (halves > 2 || (halves == 1 && left != 8) || (halves == 2 && left + right > 7)) { bad = 1; exit }
			for (i = 1; i <= left; i++) group(head[i])
			for (i = left + right; i < 8; i++) bytes = bytes " 0x00 0x00"
			for (i = 1; i <= right; i++) group(tail[i])
		}
		END {
			if (bad || bytes == "") exit 1
			printf "inet6/dgram/17 { len=28 family=28 data=[ 0x%02x 0x%02x", int(port / 256), port % 256
			print " 0x00 0x00 0x00 0x00" bytes " 0x00 0x00 0x00 0x00 ] }"
		}'
}

# The ngctl lines of start.
ng_netflow_lines()
{
	_slot=0
	for _node in $ng_netflow_nodes; do
		if [ $_slot -eq 0 ]; then
			echo "mkpeer $_node: netflow lower iface0"
			echo "name $_node:lower netflow"
		else
			echo "connect $_node: netflow: lower iface$_slot"
		fi
		echo "connect $_node: netflow: upper out$_slot"
		_slot=$((_slot + 1))
	done
	_slots=$_slot
	_slot=0
	while [ $_slot -lt $_slots ]; do
		echo "msg netflow: setconfig {iface=$_slot conf=7}"
		_slot=$((_slot + 1))
	done
	echo "mkpeer netflow: ksocket export9 \${ng_netflow_peer%% *}"
	echo "name netflow:export9 nfsock"
	echo "msg nfsock: connect \${ng_netflow_peer#* }"
}

ng_netflow_exists()
{
	ngctl show "$1" >/dev/null 2>&1
}

# The dry run: prints why a line would fail.
ng_netflow_obstacle()
{
	for _node in $ng_netflow_nodes; do
		if ! _shown=$(ngctl show "$_node:" 2>/dev/null); then
			warn "there is no interface node $_node; nothing was changed"
			return 1
		fi
		if echo "$_shown" | awk '$1 == "lower" || $1 == "divert" || $1 == "upper" { taken = 1 } END { exit !taken }'; then
			warn "hook lower or upper of $_node is connected already; nothing was changed"
			return 1
		fi
	done
	for _node in netflow nfsock; do
		if ng_netflow_exists "$_node:"; then
			warn "another node is called $_node; nothing was changed"
			return 1
		fi
	done
}

ng_netflow_start()
{
	if ng_netflow_exists netflow:iface0 && ng_netflow_exists netflow:export9; then
		[ -n "$rc_quiet" ] || echo "$name is running already."
		return 0
	fi
	ng_netflow_obstacle || return 1
	ng_netflow_lines | ngctl -f- && return 0
	# Everything made is connected to the first interface. If it stayed, the network would be cut.
	if ng_netflow_exists "\${ng_netflow_nodes%% *}:lower"; then
		ngctl shutdown "\${ng_netflow_nodes%% *}:lower" && warn 'what was made is taken down again'
	fi
	return 1
}

# Exports the cached flows. Because of the keyword shutdown, this also runs when the system shuts down.
ng_netflow_stop()
{
	ngctl shutdown netflow:
}

ng_netflow_status()
{
	if ! ng_netflow_exists netflow:; then
		echo "$name is not running."
		return 1
	fi
	echo "$name is running."
	ngctl show netflow:
	ngctl msg netflow: info
}

run_rc_command "$1"
`;

export function freebsdFiles(): GeneratedFile[] {
  return [{ path: "/usr/local/etc/rc.d/ng_netflow", mode: 0o755, text: SCRIPT }];
}
