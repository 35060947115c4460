/** What mends a fault, for one make of device: the commands as its manual has them. */
export interface Remedy {
  readonly device: string;
  readonly commands: readonly string[];
}

/** Sorts of faults that a command on the device, or on the collector's machine, mends. */
export type RemedyName = "templates" | "loss" | "sampling" | "clock" | "malformed" | "silence";

const NTP = "192.0.2.123";

/**
 * Commands by fault. Names in capitals and the address 192.0.2.123 are to be replaced. Sources: Cisco Flexible NetFlow
 * and IOS XR NetFlow command references, Junos flow monitoring guide, MikroTik Traffic Flow manual, Arista EOS flow
 * tracking, FortiOS CLI reference, Huawei VRP NetStream, softflowctl(8), ng_netflow(4).
 */
export const REMEDIES: Readonly<Record<RemedyName, readonly Remedy[]>> = {
  templates: [
    { device: "Cisco IOS, IOS XE", commands: ["flow exporter NAME", " template data timeout 60"] },
    { device: "Cisco IOS XR", commands: ["flow exporter-map NAME", " version v9", "  template data timeout 60"] },
    {
      device: "Juniper Junos",
      commands: [
        "set services flow-monitoring version9 template NAME template-refresh-rate seconds 60",
        "set services flow-monitoring version-ipfix template NAME template-refresh-rate seconds 60",
      ],
    },
    { device: "MikroTik RouterOS", commands: ["/ip traffic-flow target set [find] v9-template-timeout=1m"] },
    {
      device: "Arista EOS",
      commands: ["flow tracking hardware", " tracker NAME", "  exporter NAME", "   template interval 60000"],
    },
    { device: "Fortinet FortiOS", commands: ["config system netflow", " set template-tx-timeout 60", "end"] },
    { device: "Huawei VRP", commands: ["ip netstream export template timeout-rate 1"] },
    { device: "softflowd", commands: ["softflowctl send-template"] },
    { device: "FreeBSD, ngflow", commands: ['ngctl msg netflow: settemplate "{ time=60 packets=500 }"'] },
  ],
  loss: [
    {
      device: "Linux",
      commands: [
        "nstat -az UdpRcvbufErrors UdpInErrors",
        "sysctl -w net.core.rmem_max=33554432",
        "ethtool -S INTERFACE | grep -i drop",
      ],
    },
    {
      device: "Cisco IOS, IOS XE",
      commands: ["show flow exporter NAME statistics", "show interfaces | include drops"],
    },
    { device: "Cisco IOS XR", commands: ["show flow exporter NAME location LOCATION"] },
    { device: "Juniper Junos", commands: ["show services accounting errors inline-jflow fpc-slot 0"] },
    { device: "FreeBSD, ngflow", commands: ["ngctl show -i nfsock:", "flowctl netflow: show"] },
  ],
  sampling: [
    { device: "Cisco IOS, IOS XE", commands: ["flow exporter NAME", " option sampler-table timeout 60"] },
    {
      device: "Cisco IOS XR",
      commands: ["flow exporter-map NAME", " version v9", "  options sampler-table timeout 60"],
    },
    {
      device: "Juniper Junos",
      commands: ["set services flow-monitoring version9 template NAME option-refresh-rate seconds 60"],
    },
    { device: "Nokia SR OS", commands: ["configure cflowd template-retransmit 60"] },
    { device: "softflowd", commands: ["softflowd -s RATE -v 9 -n COLLECTOR:2055"] },
  ],
  clock: [
    { device: "Cisco IOS, IOS XE, IOS XR", commands: [`ntp server ${NTP}`] },
    { device: "Juniper Junos", commands: [`set system ntp server ${NTP}`] },
    { device: "MikroTik RouterOS", commands: [`/system ntp client set enabled=yes servers=${NTP}`] },
    { device: "Arista EOS", commands: [`ntp server ${NTP}`] },
    { device: "Fortinet FortiOS", commands: ["config system ntp", " set ntpsync enable", "end"] },
    { device: "Linux", commands: ["timedatectl set-ntp true", "timedatectl timesync-status"] },
    { device: "FreeBSD", commands: ["sysrc ntpd_enable=YES", "service ntpd start"] },
  ],
  malformed: [
    {
      device: "Linux, FreeBSD",
      commands: ["tcpdump -i any -c 100 -w bad.pcap udp and host EXPORTER", "ngflow decode -r bad.pcap"],
    },
  ],
  silence: [
    { device: "Linux, FreeBSD", commands: ["tcpdump -n -i any udp and host EXPORTER", "ping EXPORTER"] },
    {
      device: "Cisco IOS, IOS XE",
      commands: ["show flow exporter NAME statistics", "show flow monitor NAME statistics"],
    },
    { device: "Cisco IOS XR", commands: ["show flow exporter NAME location LOCATION"] },
    { device: "Juniper Junos", commands: ["show services accounting status inline-jflow fpc-slot 0"] },
    { device: "MikroTik RouterOS", commands: ["/ip traffic-flow print", "/ip traffic-flow target print"] },
    { device: "FreeBSD, ngflow", commands: ["ngctl list", "ngctl show netflow:"] },
  ],
};
