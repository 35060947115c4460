/** Node types that FreeBSD documents. A script may use one that ngflow lacks; it is then valid, but not modelled. */
export const FREEBSD_TYPES: ReadonlySet<string> = new Set([
  ...["async", "atm", "atmllc", "bpf", "bridge", "bt3c", "btsocket", "car", "checksum", "ccatm", "cisco", "deflate"],
  ...["device", "echo", "eiface", "etf", "ether", "ether_echo", "frame_relay", "gif", "gif_demux", "h4", "hci", "hole"],
  ...["hub", "iface", "ip_input", "ipfw", "ksocket", "l2cap", "l2tp", "lmi", "macfilter", "mppc", "nat", "netflow"],
  ...["one2many", "patch", "pipe", "ppp", "pppoe", "pptpgre", "pred1", "rfc1490", "socket", "source", "split", "sppp"],
  ...["sscfu", "sscop", "tag", "tcpmss", "tee", "tty", "ubt", "UI", "uni", "vjc", "vlan", "vlan_rotate"],
]);
