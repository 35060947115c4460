/** Words of pcap-filter(7) that stand where a host's name could. */
const WORDS = new Set(
  (
    "dst src inbound outbound host net mask port portrange less greater proto protochain gateway type subtype dir direction " +
    "addr1 addr2 addr3 addr4 address1 address2 address3 address4 ra ta ether fddi tr wlan ppp slip link arp rarp ip sctp " +
    "tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis " +
    "is-is clnp hello l1 l2 iih lsp snp csnp psnp stp ipx netbeui len broadcast multicast and or not vlan mpls pppoed " +
    "pppoes geneve vxlan lane llc metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci icmptype icmpcode icmp6type " +
    "icmp6code tcpflags i s u rr rnr rej ui ua disc sabme test xid frmr on ifname ifindex rset rulenum rnr srnr ruleset " +
    "reason action byte"
  ).split(" "),
);
/** What follows these is looked up in files of this machine at most. */
const NUMBERED = new Set(["port", "portrange", "proto", "protochain", "type", "subtype", "dir", "direction"]);
const CONSTANT = /^(icmp6?|tcp)-[a-z0-9]+$/;
const ADDRESS = /^[0-9a-f]*:[0-9a-f:.]*$/i;

/**
 * The words of a filter that would have to be looked up as names of hosts or networks, which may take a name server's
 * while; the rest is judged by libpcap.
 */
export function hostNamesIn(filter: string): string[] {
  const words = filter.split(/[^\w.:-]+/).filter((word) => word !== "");
  return words.filter((word, i) => {
    if (!/^[a-z_]/i.test(word) || ADDRESS.test(word)) return false;
    return !WORDS.has(word) && !CONSTANT.test(word) && !NUMBERED.has(words[i - 1] ?? "");
  });
}
