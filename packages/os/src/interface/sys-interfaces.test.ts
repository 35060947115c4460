import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSysHardware, listSysInterfaces, readSysInterface } from "./sys-interfaces.ts";

describe("interfaces in /sys", () => {
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
    expect(listSysInterfaces(root)).toEqual([
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
    expect(readSysInterface("tun0", root)?.mac).toEqual(new Uint8Array(6));
  });

  it("that do not exist, or whose name is a path, are undefined", () => {
    for (const name of ["nosuch", "", "..", "../net", "."]) expect(readSysInterface(name, root)).toBeUndefined();
    expect(listSysInterfaces(join(root, "absent"))).toEqual([]);
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
    expect(hardware.map((name) => isSysHardware(name, root))).toEqual([true, true, true, true]);
    expect(others.map((name) => isSysHardware(name, root))).toEqual([false, false, false, false, false]);
  });
});
