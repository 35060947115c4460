import { describe, expect, it } from "vitest";
import { statusHasCapability } from "../privilege/capability.ts";
import { defaultRoutesOf, defaultRoutesOfIpv6 } from "./interfaces.ts";

describe("the interface of the default route", () => {
  const header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

  it("is the one with the lowest metric, others follow", () => {
    const table =
      `${header}wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n` +
      "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
    expect(defaultRoutesOf(table)).toEqual(["eth0", "wlan0"]);
  });

  it("does not exist without a default route, nor through one that is not up", () => {
    expect(defaultRoutesOf(header)).toEqual([]);
    expect(defaultRoutesOf(`${header}eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n`)).toEqual([]);
    expect(defaultRoutesOf("")).toEqual([]);
  });

  it("is read from the IPv6 table, unreachable entries left out", () => {
    const zero = "0".repeat(32);
    const line = (metric: string, flags: string, name: string) =>
      `${zero} 00 ${zero} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 ${flags} ${name}\n`;
    expect(defaultRoutesOfIpv6(line("ffffffff", "00200200", "lo") + line("00000400", "00000003", "eth0"))).toEqual([
      "eth0",
    ]);
    expect(defaultRoutesOfIpv6(line("ffffffff", "00200200", "lo"))).toEqual([]);
  });
});

describe("capabilities", () => {
  it("are bits of CapEff", () => {
    expect(statusHasCapability("Name:\tnode\nCapEff:\t0000000000003000\n", "net_raw")).toBe(true);
    expect(statusHasCapability("CapEff:\t0000000000001000\n", "net_raw")).toBe(false);
    expect(statusHasCapability("CapPrm:\t000001ffffffffff\n", "net_admin")).toBe(false);
  });
});
