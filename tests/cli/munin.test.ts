import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, run } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";

let folder: string;
let demo: Background;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-munin-"));
  const words = ["--data", join(folder, "data"), "--control", join(folder, "control.sock"), "--http", "127.0.0.1:0"];
  demo = new Background([...NGFLOW, "demo", ...words]);
  await demo.until("ngflow demo", () => demo.stdout.includes("console"));
});
afterEach(async () => {
  await demo.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("munin-node runs the generated executable under each of its names", async (ctx) => {
  skipWithout(ctx, "munin-run");
  const [links, conf, state] = ["links", "conf.d", "state"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [links, conf, state]) mkdirSync(path);
  chmodSync(folder, 0o755);
  must([...NGFLOW, "service", "generate", "--for", "munin", "--program", NGFLOW.join(" "), "--output", folder]);
  for (const name of ["ngflow", "ngflow_flows"]) symlinkSync(join(folder, "ngflow_"), join(links, name));
  writeFileSync(join(conf, "ngflow"), `[ngflow*]\nuser root\ngroup root\nenv.NGFLOW_DATA ${join(folder, "data")}\n`);
  const munin = (...words: string[]) =>
    run(["munin-run", "--servicedir", links, "--sconfdir", conf, ...words], { env: { MUNIN_PLUGSTATE: state } });

  await demo.until("traffic in the store", () => /^stored\.value [1-9]/m.test(munin("ngflow_flows").stdout));
  const config = munin("ngflow", "config");
  expect(config, config.stderr).toMatchObject({ status: 0 });
  expect(config.stdout.match(/^multigraph \w+$/gm)).toEqual([
    "multigraph ngflow_traffic",
    "multigraph ngflow_flows",
    "multigraph ngflow_pipeline",
  ]);
  const all = munin("ngflow").stdout;
  for (const line of config.stdout.matchAll(/^(\w+)\.label /gm))
    expect(all).toMatch(new RegExp(`^${line[1]}\\.value \\d+$`, "m"));
  expect(Number(/^tcp\.value (\d+)$/m.exec(all)?.[1])).toBeGreaterThan(1000);
  expect(munin("ngflow", "autoconf").stdout).toBe("yes\n");
  expect(munin("ngflow", "suggest").stdout).toBe("traffic\nflows\npipeline\n");

  await demo.stop();
  expect(munin("ngflow_flows").stdout).toBe("exported.value U\ndecoded.value U\nstored.value U\n");
  expect(munin("ngflow", "autoconf").stdout).toMatch(/^no \(no ngflow serve holds /);
});
