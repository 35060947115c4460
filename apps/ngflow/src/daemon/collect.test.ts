import { createSocket } from "node:dgram";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectorSocketPaths } from "../options/runtime-path.ts";
import { startCollect } from "./collect.ts";
import { CollectorWatch } from "./collector-watch.ts";
import { createLog } from "./log.ts";

const log = createLog("test", { quiet: true });
const listen = [{ host: "127.0.0.1", port: 0 }];
let dataDirectory: string;

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "ngflow-collect-"));
});
afterEach(() => rmSync(dataDirectory, { recursive: true, force: true }));

describe("a collector", () => {
  it("answers for itself from its start to its end, to its user only", async () => {
    const watch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
    expect(await watch.state()).toBeNull();
    watch.close();
    const collect = await startCollect({ dataDirectory, listen, allowExporters: [] }, log);
    const path = collectorSocketPaths(dataDirectory).find((each) => existsSync(each))!;
    expect(path.startsWith(dataDirectory)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    // By a link, the directory is the same.
    const link = join(dataDirectory, "link");
    symlinkSync(dataDirectory, link);
    const running = new CollectorWatch(collectorSocketPaths(link), link);
    const state = await running.state();
    expect(state).toMatchObject({ pid: process.pid, collector: { counters: { datagramsReceived: 0 } } });
    expect(await running.exporters()).toEqual([]);
    expect(state!.ageMs).toBeLessThan(1000);
    await collect.stop();
    await expect.poll(() => running.state()).toBeNull();
    expect(existsSync(path)).toBe(false);
    running.close();
  });

  it("lists its exporters in the copy of its state, and says how many it leaves out", async () => {
    const collect = await startCollect({ dataDirectory, listen, allowExporters: [] }, log);
    const socket = createSocket("udp4");
    const templates = (domain: number): Buffer => {
      // NetFlow v9: a header, then one set with 500 templates of one field.
      const words = [9, 500, 0, 0, 0, 0, 0, 0, 0, domain, 0, 4 + 500 * 8];
      for (let id = 256; id < 756; id++) words.push(id, 1, 8, 4);
      return Buffer.from(words.flatMap((word) => [word >>> 8, word & 255]));
    };
    const copy = (): unknown => JSON.parse(readFileSync(join(dataDirectory, "run/collect.json"), "utf8"));
    expect(copy()).toMatchObject({ exporters: [], exportersLeftOut: 0 });
    socket.send(templates(1), collect.ports[0]!, "127.0.0.1");
    const first = { domain: 1, templates: { length: 500 } };
    await expect.poll(copy, { timeout: 10_000 }).toMatchObject({ exporters: [first], exportersLeftOut: 0 });
    socket.send(templates(2), collect.ports[0]!, "127.0.0.1");
    await expect.poll(copy, { timeout: 10_000 }).toMatchObject({ exporters: [first], exportersLeftOut: 1 });
    socket.close();
    await collect.stop();
  });

  it("answers when its data directory is gone", async () => {
    const collect = await startCollect({ dataDirectory, listen, allowExporters: [] }, log);
    const watch = new CollectorWatch(collectorSocketPaths(dataDirectory), dataDirectory);
    rmSync(dataDirectory, { recursive: true });
    expect(await watch.state()).toMatchObject({ pid: process.pid });
    watch.close();
    await collect.stop();
  });

  it("answers a reader that asks much and reads nothing with one state at a time", async () => {
    const collect = await startCollect({ dataDirectory, listen, allowExporters: [] }, log);
    const path = collectorSocketPaths(dataDirectory).find((each) => existsSync(each))!;
    const reader = connect(path);
    reader.pause();
    reader.write("\n".repeat(1_000_000));
    const watch = new CollectorWatch([path], dataDirectory);
    expect(await watch.state()).not.toBeNull();
    watch.close();
    reader.destroy();
    await collect.stop();
  });

  it("leaves nothing behind when it cannot start, but what was there", async () => {
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const busy = { listen: [{ host: "127.0.0.1", port: udp.address().port }], allowExporters: [] };
    const absent = join(dataDirectory, "a", "b");
    await expect(startCollect({ dataDirectory: absent, ...busy }, log)).rejects.toThrow("in use");
    expect(readdirSync(dataDirectory)).toEqual([]);
    await expect(startCollect({ dataDirectory, ...busy }, log)).rejects.toThrow("in use");
    expect(readdirSync(dataDirectory)).toEqual([]);
    writeFileSync(join(dataDirectory, "ledger.json"), "{}");
    await expect(startCollect({ dataDirectory, ...busy }, log)).rejects.toThrow("in use");
    expect(readdirSync(dataDirectory)).toContain("ledger.json");
    udp.close();
  });

  it("does not start beside another of its data directory", async () => {
    const first = await startCollect({ dataDirectory, listen, allowExporters: [] }, log);
    await expect(startCollect({ dataDirectory, listen, allowExporters: [] }, log)).rejects.toMatchObject({
      code: "collector-held",
      exit: 71,
      message: expect.stringContaining(`process ${process.pid};`),
    });
    await first.stop();
    await (await startCollect({ dataDirectory, listen, allowExporters: [] }, log)).stop();
  });
});
