/** What a script takes from FreeBSD's rc.subr, cut down to that; RC_CONF may name another file than /etc/rc.conf. */
export const RC_SUBR = `
load_rc_config() { . "\${RC_CONF:-/etc/rc.conf}"; }
warn() { echo "$0: WARNING: $*" >&2; }
err() { shift; echo "$0: ERROR: $*" >&2; exit 1; }
run_rc_command() {
	eval "_precmd=\\\${$1_precmd-}"
	eval "_cmd=\\$$1_cmd"
	if [ -n "$_precmd" ]; then $_precmd || exit 1; fi
	if [ "$1" = start ]; then for _module in $required_modules; do kldload -n "$_module"; done; fi
	if [ "$1" = restart ]; then
		(run_rc_command stop)
		(run_rc_command start)
		return
	fi
	$_cmd
}
`;
