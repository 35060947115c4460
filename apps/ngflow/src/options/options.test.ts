import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NgflowError } from "@ngflow/base";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "./config-file.ts";
import { parseHostPort, parseListen } from "./options.ts";

const directory = mkdtempSync(join(tmpdir(), "ngflow-options-"));
afterAll(() => rmSync(directory, { recursive: true }));

function failure(run: () => unknown): NgflowError {
  try {
    run();
  } catch (error) {
    return error as NgflowError;
  }
  throw new Error("did not fail");
}

describe("options", () => {
  it.each([
    ["127.0.0.1:8080", "127.0.0.1", 8080],
    ["[::1]:53", "::1", 53],
    [":80", "127.0.0.1", 80],
    ["0", "127.0.0.1", 0],
    ["localhost:65535", "localhost", 65535],
  ])("%s", (text, host, number) => expect(parseHostPort(text)).toEqual({ host, port: number }));

  it.each(["", "host", "1.2.3.4:", "::1:80", "a:b:1"])("refuses %j", (text) =>
    expect(() => parseHostPort(text)).toThrow(`--http ${text}: expected HOST:PORT, for example 127.0.0.1:8080`),
  );

  it("names the option, the fault and an example of its own", () => {
    expect(() => parseHostPort("1.2.3.4:65536")).toThrow("--http 1.2.3.4:65536: port 65536 is above 65535");
    expect(() => parseListen("udp://127.0.0.1:22x")).toThrow(
      "--listen 127.0.0.1:22x: expected HOST:PORT, for example 0.0.0.0:2055",
    );
  });

  it("listens by UDP, TCP and TLS", () => {
    expect(parseListen("udp://0.0.0.0:2055")).toEqual({ host: "0.0.0.0", port: 2055 });
    expect(parseListen("2055")).toEqual({ host: "::", port: 2055 });
    expect(parseListen("tcp://[::1]:4739")).toEqual({ host: "::1", port: 4739, transport: "tcp" });
    expect(parseListen("tls://4740")).toEqual({ host: "::", port: 4740, transport: "tls" });
    expect(parseListen("239.192.0.1%eth0:2055")).toEqual({ host: "239.192.0.1%eth0", port: 2055 });
    expect(parseListen("udp://[ff15::7%br-0.1]:2055")).toEqual({ host: "ff15::7%br-0.1", port: 2055 });
    expect(() => parseListen("sctp://1.2.3.4:1")).toThrow("not one of udp://, tcp:// and tls://");
  });

  it("reads a configuration file and names what is wrong in one", () => {
    const file = join(directory, "a.yaml");
    writeFileSync(file, 'data: /tmp/x\nlisten: ["2055"]\n');
    expect(readConfig(file)).toEqual({ data: "/tmp/x", listen: ["2055"] });
    writeFileSync(file, 'exporters: ["192.0.2.0/24"]\nhttp-token-file: /t\nreceive: true\n');
    expect(readConfig(file)).toEqual({ allowExporter: ["192.0.2.0/24"], httpTokenFile: "/t", receive: true });
    writeFileSync(file, "date: /tmp/x\n");
    expect(failure(() => readConfig(file))).toMatchObject({ exit: 78, message: expect.stringContaining("date") });
    writeFileSync(file, "data: [\n");
    expect(failure(() => readConfig(file)).exit).toBe(78);
    expect(failure(() => readConfig(join(directory, "absent.yaml")))).toMatchObject({
      exit: 66,
      message: `${join(directory, "absent.yaml")}: cannot read the configuration: no such file or directory`,
    });
  });
});
