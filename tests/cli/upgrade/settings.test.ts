import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, run, SAME_USER } from "../../support/command.ts";
import { freeUdpPort } from "../../support/udp-port.ts";

// `settings/RELEASE` has the configuration files and the units of releases, as they were installed. Next to each file
// is what it means, as JSON.
const SETTINGS = join(ROOT, "tests/cli/upgrade/settings");
const RELEASES = readdirSync(SETTINGS);
const FILES = RELEASES.flatMap((release) =>
  readdirSync(join(SETTINGS, release))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(release, name)),
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(FILES)("the configuration file %s is right, and means the same", (name) => {
  const file = join(SETTINGS, name);
  expect(run([...NGFLOW, "config", "check", file])).toMatchObject({ status: 0, stderr: "" });
  const { settings } = JSON.parse(must([...NGFLOW, "config", "show", "--config", file, "--json"])) as {
    readonly settings: Readonly<Record<string, { readonly value: unknown }>>;
  };
  const values = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value]));
  expect(values).toEqual(JSON.parse(readFileSync(join(SETTINGS, name.replace(".yaml", ".json")), "utf8")));
});

/** The words of a unit's command, with the places of this test for those of the system. */
function wordsOf(release: string, unit: string, key: "ExecStart" | "ExecStartPost"): string[] {
  const text = readFileSync(join(SETTINGS, release, `ngflow-${unit}.service`), "utf8");
  const words = new RegExp(`^${key}=(.*)$`, "m").exec(text)![1]!.split(" ");
  expect(words[0]).toBe("/usr/local/bin/ngflow");
  const places = words
    .slice(1)
    .map((word) =>
      word
        .replace("/var/lib/ngflow", join(folder, "data"))
        .replace("/run/ngflow", folder)
        .replace("127.0.0.1:8080", "127.0.0.1:0"),
    );
  return [...NGFLOW, ...places];
}

describe.each(RELEASES)("the units of %s", (release) => {
  test("start this release: a flow that is sent to the collector is answered by the console", async () => {
    const port = await freeUdpPort();
    mkdirSync(join(folder, "data"));
    // Only the port differs from the unit: 2055 may be taken here.
    const configuration = join(folder, "ngflow.yaml");
    writeFileSync(configuration, `listen: [127.0.0.1:${port}]\n`);
    const env = { NGFLOW_CONFIG: configuration };
    const start = async (unit: string, ready: string): Promise<Background> => {
      const daemon = new Background([...wordsOf(release, unit, "ExecStart"), ...SAME_USER], { env });
      await daemon.until(basename(unit), () => daemon.stdout.includes(ready), 60_000);
      return daemon;
    };
    const serving = await start("serve", "console  ");
    const collecting = await start("collect", "listening  ");
    const graph = await start("graph", "control");
    // Nothing is enabled in rc.conf, as after an installation.
    const rcConf = join(folder, "rc.conf");
    writeFileSync(rcConf, "");
    const post = wordsOf(release, "graph", "ExecStartPost");
    expect(run([...post, "--rc-conf", rcConf])).toMatchObject({ status: 0 });
    expect(must([...NGCTL, "--control", join(folder, "control.sock"), "types"])).toContain("netflow");

    must([...NGFLOW, "generate", "--to", `udp://127.0.0.1:${port}`, "--count", "30", "--quiet"]);
    const url = /console {2}(http:\S+)/.exec(serving.stdout)![1]!;
    await serving.until("the flows", async () => {
      const answer = await fetch(`${url}/api/v1/query?metric=flows&last=1d`);
      return ((await answer.json()) as { rows: { flows: number }[] }).rows[0]?.flows === 30;
    });
    for (const daemon of [graph, collecting, serving]) expect(await daemon.stop()).toMatchObject({ status: 0 });
  }, 120_000);
});
