import { Command, InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import type { SharedConfig } from "../options/settings.ts";
import { accessRow, alertsRow, keepRow, logRow, namesRow, receiveRow } from "./rows.ts";
import { RELOADABLE } from "./reloadable.ts";
import { Reloader, type ReloadRow, settingSource } from "./reloader.ts";
import { reportLines } from "./report-text.ts";

function setUp(before: SharedConfig, rows: (done: string[]) => ReloadRow[]) {
  const file: { now: SharedConfig } = { now: before };
  const done: string[] = [];
  const keys = ["keep", "http", "listen", "exporters", "hosts", "log-level"] as const;
  const reloader = new Reloader({ read: () => file.now, keys }, before, rows(done));
  return { file, done, reloader };
}

const keep = (done: string[]): ReloadRow => ({
  keys: ["keep"],
  prepare: (after) => () => done.push(`keep ${after.keep}`),
});

describe("a reload", () => {
  it("takes over what a running daemon can, names what needs a restart, and does each once", async () => {
    const { file, done, reloader } = setUp({ keep: "30d", http: "127.0.0.1:1" }, (steps) => [keep(steps)]);
    file.now = { keep: "90d", http: "127.0.0.1:2" };
    const first = await reloader.reload();
    expect(reportLines(first)).toEqual(["changed: keep 30d → 90d", "needs a restart: http 127.0.0.1:1 → 127.0.0.1:2"]);
    const second = await reloader.reload();
    expect(second).toEqual({ changed: [], restart: first.restart });
    expect(done).toEqual(["keep 90d"]);
    file.now = { http: "127.0.0.1:1" };
    expect(reportLines(await reloader.reload())).toEqual(["changed: keep 90d → default"]);
    expect(reportLines(await reloader.reload())[0]).toMatch(/^no setting has changed/);
  });

  it("changes nothing if one value is wrong", async () => {
    const wrong: ReloadRow = {
      keys: ["exporters"],
      prepare: () => {
        throw new InvalidArgumentError("no prefix");
      },
    };
    const { file, done, reloader } = setUp({}, (steps) => [keep(steps), wrong]);
    file.now = { keep: "90d", allowExporter: ["x"] };
    await expect(reloader.reload()).rejects.toMatchObject({ code: "config-invalid", message: "no prefix" });
    expect(done).toEqual([]);
    file.now = { keep: "90d" };
    expect((await reloader.reload()).changed).toHaveLength(1);
    expect(done).toEqual(["keep 90d"]);
  });

  it("drops what rows have made where another one refuses", async () => {
    const calls: string[] = [];
    const names = namesRow({
      prepare: async ({ hosts }) => ({
        apply: () => void calls.push(`apply ${hosts?.join()}`),
        discard: () => void calls.push(`discard ${hosts?.join()}`),
      }),
    });
    const refuses: ReloadRow = {
      keys: ["exporters"],
      prepare() {
        throw new InvalidArgumentError("no prefix");
      },
    };
    const { file, reloader } = setUp({}, () => [names, refuses]);
    file.now = { hosts: ["/a"], allowExporter: ["x"] };
    await expect(reloader.reload()).rejects.toThrow("no prefix");
    file.now = { hosts: ["/b"] };
    expect((await reloader.reload()).changed).toMatchObject([{ key: "hosts", to: ["/b"] }]);
    expect(calls).toEqual(["discard /a", "apply /b"]);
  });

  it("adds addresses, and takes none away", async () => {
    const changes: unknown[] = [];
    const settingsOf = ({ listen = [], allowExporter: allowExporters = [] }: SharedConfig) =>
      ({ listen: listen.map((text) => ({ host: "::1", port: Number(text) })), allowExporters }) as never;
    const row = receiveRow(settingsOf, async (change) => void changes.push(change));
    const { file, reloader } = setUp({ listen: ["1"] }, () => [row]);
    file.now = { listen: ["1", "2"] };
    expect((await reloader.reload()).changed).toHaveLength(1);
    expect(changes).toMatchObject([{ added: [{ host: "::1", port: 2 }], allowExporters: [] }]);
    file.now = { listen: ["3"], allowExporter: ["192.0.2.1"] };
    const report = await reloader.reload();
    expect(report.changed.map(({ key }) => key)).toEqual(["exporters"]);
    expect(report.restart.map(({ key }) => key)).toEqual(["listen"]);
    expect(changes[1]).toMatchObject({ added: [], allowExporters: ["192.0.2.1"] });
  });

  it("knows the keys of a command", () => {
    const command = new Command("x").option("--allow-exporter <a>").option("--no-login").option("--read <f>");
    expect(settingSource({}, command).keys).toEqual(["exporters", "login"]);
  });

  it("has a row for every key that is said to be reloadable", () => {
    const none = {} as never;
    const rows = [keepRow(none), accessRow(none), alertsRow(none), logRow(none, {})].concat(
      namesRow(none),
      receiveRow(none, none),
    );
    const keys = [...rows.flatMap((row) => row.keys), "active", "inactive"];
    expect(new Set(keys)).toEqual(new Set(RELOADABLE));
  });
});
