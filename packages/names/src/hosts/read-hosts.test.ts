import { describe, expect, it } from "vitest";
import { readHosts } from "./read-hosts.ts";

const NOW = Date.UTC(2026, 0, 10);
const LATER = NOW / 1000 + 3600;
const EARLIER = NOW / 1000 - 3600;

describe("names of hosts", () => {
  it.each([
    [
      "a hosts file",
      "# mine\n10.0.0.1 anna-laptop anna # x\n10.0.0.1 other\n2001:DB8::1\tben.example.net.\nfe80::1%eth0 r\n",
    ],
    [
      "leases of dnsmasq",
      `${LATER} 00:11:22:33:44:55 10.0.0.1 anna-laptop 01:00\n0 00:11:22:33:44:56 2001:db8::1 ben.example.net *\n` +
        `${EARLIER} 00:11:22:33:44:57 10.0.0.2 gone *\n${LATER} 00:11:22:33:44:58 10.0.0.3 * *\nduid 00:01\n`,
    ],
    [
      "leases of dhcpd",
      'lease 10.0.0.1 {\n  ends 1 2026/01/12 10:00:00;\n  binding state active;\n  client-hostname "anna-laptop";\n}\n' +
        'lease 10.0.0.2 {\n  ends 1 2026/01/02 10:00:00;\n  client-hostname "gone";\n}\n' +
        'lease 10.0.0.3 {\n  binding state free;\n  client-hostname "gone";\n}\n' +
        'lease 2001:db8::1 {\n  ends never;\n  client-hostname "ben.example.net";\n}\n',
    ],
    [
      "leases of Kea",
      "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n" +
        `10.0.0.1,00:11:22:33:44:55,,4000,${LATER},1,0,0,old,0\n10.0.0.1,00:11:22:33:44:55,,4000,${LATER},1,0,0,anna-laptop,0\n` +
        `10.0.0.2,00:11:22:33:44:56,,4000,${EARLIER},1,0,0,gone,0\n2001:db8::1,,,4000,${LATER},1,0,0,ben.example.net.,0\n`,
    ],
  ])("are read from %s", (_, text) => {
    const { "fe80::1": _router, ...hosts } = Object.fromEntries(readHosts(text, NOW));
    expect(hosts).toStrictEqual({ "10.0.0.1": "anna-laptop", "2001:db8::1": "ben.example.net" });
  });

  it("are refused with the line", () => {
    expect(() => readHosts("10.0.0.1 a\nnonsense\n", NOW)).toThrow("line 2: expected an address and a name");
  });
});
