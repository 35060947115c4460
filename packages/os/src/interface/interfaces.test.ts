import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { statusHasCapability } from "../privilege/capability.ts";
import { defaultRoutesOf, defaultRoutesOfIpv6, isHardware, listInterfaces, readInterface } from "./interfaces.ts";

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

describe("interfaces", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ngflow-sys-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function make(name: string, files: Readonly<Record<string, string>>): void {
    mkdirSync(join(root, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), `${text}\n`);
  }

  it("are listed by index with what the kernel says of them", () => {
    make("eth1", { ifindex: "12", flags: "0x1002", address: "02:00:00:00:00:22", type: "1", mtu: "9000" });
    make("eth0", { ifindex: "3", flags: "0x1003", address: "02:00:00:00:00:11", type: "1", mtu: "1500", carrier: "1" });
    expect(listInterfaces(root)).toEqual([
      { name: "eth0", index: 3, mac: Uint8Array.of(2, 0, 0, 0, 0, 0x11), up: true, carrier: true, type: 1, mtu: 1500 },
      {
        name: "eth1",
        index: 12,
        mac: Uint8Array.of(2, 0, 0, 0, 0, 0x22),
        up: false,
        carrier: false,
        type: 1,
        mtu: 9000,
      },
    ]);
  });

  it("without an Ethernet address have zeros", () => {
    make("tun0", { ifindex: "4", flags: "0x1003", address: "", type: "65534", mtu: "1500" });
    expect(readInterface("tun0", root)?.mac).toEqual(new Uint8Array(6));
  });

  it("that do not exist, or whose name is a path, are undefined", () => {
    for (const name of ["nosuch", "", "..", "../net", "."]) expect(readInterface(name, root)).toBeUndefined();
    expect(listInterfaces(join(root, "absent"))).toEqual([]);
  });

  it("are hardware if they or the ones below have a device", () => {
    for (const path of [
      "eth0/device",
      "bond0/lower_eth0",
      "vlan7/lower_bond0",
      "veth0",
      "br0/lower_veth0",
      "a/lower_b",
      "b/lower_a",
    ]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    for (const [name, bus] of [
      ["eth1", "pci"],
      ["eth2", "virtio"],
    ] as const) {
      mkdirSync(join(root, name, "device"), { recursive: true });
      symlinkSync(`../../../bus/${bus}`, join(root, name, "device", "subsystem"));
    }
    const hardware = ["eth0", "bond0", "vlan7", "eth1"];
    const others = ["veth0", "br0", "a", "eth2", "nosuch"];
    expect(hardware.map((name) => isHardware(name, root))).toEqual([true, true, true, true]);
    expect(others.map((name) => isHardware(name, root))).toEqual([false, false, false, false, false]);
  });
});

describe("capabilities", () => {
  it("are bits of CapEff", () => {
    expect(statusHasCapability("Name:\tnode\nCapEff:\t0000000000003000\n", "net_raw")).toBe(true);
    expect(statusHasCapability("CapEff:\t0000000000001000\n", "net_raw")).toBe(false);
    expect(statusHasCapability("CapPrm:\t000001ffffffffff\n", "net_admin")).toBe(false);
  });
});
