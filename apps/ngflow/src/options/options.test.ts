import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NgflowError } from "@ngflow/base";
import { afterAll, describe, expect, it } from "vitest";
import { settingRows, settingsTemplate } from "../commands/ngflow/setting-documents.ts";
import { settingTexts } from "../commands/ngflow/setting-texts.ts";
import { checkConfig, environmentSettings, readConfig } from "./config-file.ts";
import { SETTING_KEYS } from "./settings.ts";
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

  it("names every fault of a configuration file, and the key that was meant", () => {
    const file = join(directory, "faults.yaml");
    writeFileSync(file, "kep: 90d\nreceivers: 99\nlisten: 2055\n");
    const { settings, problems } = checkConfig(file);
    expect(settings).toBeNull();
    expect(problems).toHaveLength(3);
    expect(problems).toContain("kep: no such key; did you mean keep?");
    writeFileSync(file, "listen: [2055, 127.0.0.1:4739]\n");
    expect(checkConfig(file)).toEqual({ settings: { listen: ["2055", "127.0.0.1:4739"] }, problems: [] });
  });

  it("names what is wrong with addresses that flows are sent to, each by its place", () => {
    const file = join(directory, "addresses.yaml");
    writeFileSync(file, "out: [tcp://192.0.2.1:9, htp://x/y]\ntee: [udp://collector.example:2055]\n");
    const { problems } = checkConfig(file);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^tee(\[0\]|\.0): .*not an address/);
    expect(problems[1]).toMatch(/^out(\[1\]|\.1): .*htp: is not one of/);
  });

  it("takes settings from the environment, in the types that they have", () => {
    const env = {
      NGFLOW_KEEP: "90d",
      NGFLOW_RECEIVERS: "2",
      NGFLOW_LOGIN: "false",
      NGFLOW_ALLOW_EXPORTER: "10.0.0.0/8, 192.0.2.1",
      NGFLOW_EXPORTERS: "of a test, and no setting",
      NGFLOW_HTTP: "",
    };
    expect(environmentSettings(env)).toEqual({
      keep: "90d",
      receivers: 2,
      login: false,
      exporters: ["10.0.0.0/8", "192.0.2.1"],
    });
    expect(failure(() => environmentSettings({ NGFLOW_KEEP: "long" }))).toMatchObject({
      exit: 78,
      message: expect.stringContaining("NGFLOW_KEEP=long"),
    });
  });

  it("has an option of a daemon for every setting", async () => {
    const texts = await settingTexts();
    expect([...texts.keys()]).toEqual(SETTING_KEYS);
    expect(settingRows(texts)).toContainEqual([
      "`receivers`",
      "auto, or 1 to 16",
      texts.get("receivers")!.text,
      "up, demo, collect",
      "",
    ]);
    const file = join(directory, "template.yaml");
    writeFileSync(file, settingsTemplate(texts).replaceAll(/^#(?=[a-z0-9-]+:)/gm, ""));
    const { problems } = checkConfig(file);
    // Values are still to be written; every key is known.
    expect(problems.filter((problem) => problem.includes("no such key"))).toEqual([]);
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
