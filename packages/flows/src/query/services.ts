/**
 * Names of well-known ports, from IANA's Service Name and Transport Protocol Port Number Registry (RFC 6335), and the
 * names in common use where these differ. The first name of a port is shown; a filter takes all.
 */
const NAMES: readonly (readonly [port: number, ...names: string[]])[] = [
  [7, "echo"],
  [19, "chargen"],
  [20, "ftp-data"],
  [21, "ftp"],
  [22, "ssh"],
  [23, "telnet"],
  [25, "smtp"],
  [37, "time"],
  [43, "whois"],
  [49, "tacacs"],
  [53, "dns", "domain"],
  [67, "dhcp", "bootps"],
  [68, "dhcp-client", "bootpc"],
  [69, "tftp"],
  [79, "finger"],
  [80, "http", "www"],
  [88, "kerberos"],
  [110, "pop3"],
  [111, "sunrpc", "portmapper"],
  [119, "nntp"],
  [123, "ntp"],
  [135, "epmap"],
  [137, "netbios-ns"],
  [138, "netbios-dgm"],
  [139, "netbios-ssn"],
  [143, "imap"],
  [161, "snmp"],
  [162, "snmptrap"],
  [179, "bgp"],
  [389, "ldap"],
  [443, "https"],
  [445, "smb", "microsoft-ds"],
  [465, "submissions", "smtps"],
  [500, "ike", "isakmp"],
  [502, "mbap", "modbus"],
  [514, "syslog"],
  [515, "printer", "lpd"],
  [520, "rip"],
  [546, "dhcpv6-client"],
  [547, "dhcpv6-server"],
  [554, "rtsp"],
  [587, "submission"],
  [623, "ipmi", "asf-rmcp"],
  [631, "ipp"],
  [636, "ldaps"],
  [646, "ldp"],
  [853, "dns-tls", "domain-s"],
  [873, "rsync"],
  [989, "ftps-data"],
  [990, "ftps"],
  [993, "imaps"],
  [995, "pop3s"],
  [1080, "socks"],
  [1194, "openvpn"],
  [1433, "mssql", "ms-sql-s"],
  [1434, "ms-sql-m"],
  [1521, "oracle"],
  [1701, "l2tp"],
  [1723, "pptp"],
  [1812, "radius"],
  [1813, "radius-acct"],
  [1883, "mqtt"],
  [1900, "ssdp"],
  [2049, "nfs"],
  [2055, "netflow"],
  [3128, "squid"],
  [3260, "iscsi"],
  [3306, "mysql"],
  [3389, "rdp", "ms-wbt-server"],
  [3478, "stun"],
  [4500, "ipsec-nat-t"],
  [4739, "ipfix"],
  [4789, "vxlan"],
  [5060, "sip"],
  [5061, "sips"],
  [5201, "iperf3"],
  [5222, "xmpp-client"],
  [5353, "mdns"],
  [5355, "llmnr"],
  [5432, "postgresql"],
  [5672, "amqp"],
  [5900, "vnc", "rfb"],
  [5985, "winrm"],
  [6081, "geneve"],
  [6343, "sflow"],
  [6379, "redis"],
  [6443, "kubernetes"],
  [6881, "bittorrent"],
  [8080, "http-alt"],
  [8443, "https-alt"],
  [8883, "mqtts", "secure-mqtt"],
  [9092, "kafka"],
  [9200, "elasticsearch"],
  [9418, "git"],
  [11_211, "memcached", "memcache"],
  [25_565, "minecraft"],
  [27_017, "mongodb"],
  [51_820, "wireguard"],
];

const PORTS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap(([port, ...names]) => names.map((name): [string, number] => [name, port])),
);

/** The port of a service by its name, in any case. */
export function servicePort(name: string): number | undefined {
  return PORTS.get(name.toLowerCase());
}

const SHOWN: ReadonlyMap<number, string> = new Map(NAMES.map(([port, name]) => [port, name!]));

/** The name that is shown for a port; undefined without one. */
export function serviceOf(port: number): string | undefined {
  return SHOWN.get(port);
}

/** Well-known ports with the name that is shown for each. */
export function services(): Iterable<readonly [port: number, name: string]> {
  return SHOWN;
}

/** Names of services, as a filter takes them. */
export function serviceNames(): Iterable<string> {
  return PORTS.keys();
}
