import { Command } from "commander";
import { describe, expect, it } from "vitest";
import {
  receiveArgs,
  type ReceiveOptions,
  receiveOptions,
  receiveSettings,
  type ReceiveSettings,
} from "./receive-options.ts";

function settings(args: readonly string[]): ReceiveSettings {
  const command = new Command().exitOverride();
  for (const option of receiveOptions()) command.addOption(option);
  return receiveSettings(command.parse(args, { from: "user" }).opts<ReceiveOptions>());
}

/** A value other than the default for each option of receiving that `collect` has; those of files are not read here. */
const VALUES = {
  "--listen": "tls://127.0.0.1:4740",
  "--allow-exporter": "192.0.2.0/24",
  "--clock-limit": "60",
  "--template-lifetime": "600",
  "--proxy-from": "198.51.100.1/32",
  "--session": "address",
  "--exporter-rate": "5000",
  "--receivers": "2",
  "--networks": "networks.csv",
  "--mmdb": "as.mmdb",
  "--snmp": "snmp.yaml",
  "--interface-rules": "rules.yaml",
  "--extra": "off",
  "--tls-cert": "server.crt",
  "--tls-key": "server.key",
  "--tls-ca": "ca.crt",
  "--tls-client": "optional",
  "--tls-name": "router.example.net",
  "--tls-max-version": "1.3",
};

describe("the options of receiving, as `up` passes them to `collect`", () => {
  it("are all there", () => {
    const args = Object.entries(VALUES).flat();
    const long = receiveOptions().map(({ long }) => long);
    expect(long.filter((name) => name !== "--elements").toSorted()).toEqual(Object.keys(VALUES).toSorted());
    const given = settings(args);
    const passed = receiveArgs(given);
    expect(settings(passed)).toEqual(given);
    expect(passed.filter((word) => word.startsWith("--")).toSorted()).toEqual(Object.keys(VALUES).toSorted());
  });
});
