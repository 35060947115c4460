import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseTee, teeFiles, teeTargets } from "./tee-option.ts";

const directory = mkdtempSync(join(tmpdir(), "ngflow-tee-"));
afterAll(() => rmSync(directory, { recursive: true }));

function keyFile(content: string | Uint8Array): string {
  const path = join(directory, "a key");
  writeFileSync(path, content);
  return path.replaceAll(" ", "%20");
}

describe("--tee", () => {
  it("takes an address, and one setting", () => {
    const at = { host: "192.0.2.1", port: 2055, spoof: false, keyFile: undefined };
    expect(parseTee("udp://192.0.2.1:2055")).toEqual(at);
    expect(parseTee("udp://192.0.2.1:2055/?spoof=yes")).toEqual({ ...at, spoof: true });
    expect(parseTee("udp://[2001:db8::1]:1?anonymise=/etc/a%20b")).toEqual({
      ...at,
      host: "2001:db8::1",
      port: 1,
      keyFile: "/etc/a b",
    });
  });

  it.each([
    ["tcp://192.0.2.1:1", "expected udp://ADDRESS:PORT"],
    ["udp://host:1", '"host" is not an address; names do not work'],
    ["udp://192.0.2.1:0", "port 0 is not a target"],
    ["udp://192.0.2.1:1?spoof=maybe", 'spoof is yes or no, not "maybe"'],
    ["udp://192.0.2.1:1?other=1", '"other=1" is not one'],
    ["udp://192.0.2.1:1?anonymise=", '"anonymise=" is not one'],
    ["udp://192.0.2.1:1?anonymise=a&anonymise=b", '"anonymise=b" is not one'],
    ["udp://192.0.2.1:1?anonymise=%zz", "% in the name of the file"],
    ["udp://192.0.2.1:1?spoof=yes&anonymise=a", "spoof=yes shows the addresses of exporters"],
  ])("refuses %s", (text, fault) => {
    expect(() => parseTee(text)).toThrow(`--tee ${text}: ${fault}`);
  });

  it("reads a key as bytes or as hexadecimal digits", () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    for (const content of [key, `${Buffer.from(key).toString("hex")}\n`]) {
      const [target] = teeTargets([`udp://192.0.2.1:1?anonymise=${keyFile(content)}`]);
      expect([...target!.anonymiseKey!]).toEqual([...key]);
    }
    expect(teeFiles(["udp://192.0.2.1:1", "udp://192.0.2.1:1?anonymise=k"])).toEqual(["k"]);
  });

  it.each([
    ["/nowhere/key", undefined, "cannot be read: no such file or directory; make a key"],
    ["", "short", "it has 5 bytes, and a key has 32, or 64 hexadecimal digits"],
    ["/dev/zero", undefined, "not a file of 32 bytes"],
  ])("names the file of a key that cannot be used: %s", (path, content, fault) => {
    const file = content === undefined ? path : keyFile(content);
    expect(() => teeTargets([`udp://192.0.2.1:1?anonymise=${file}`])).toThrow(fault);
  });
});
