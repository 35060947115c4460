import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { silentLog } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { namesReader, SNMP_NAMES_FILE } from "./snmp-file.ts";
import { SnmpNames } from "./snmp-names.ts";
import { COMMUNITY, MadeAgent, USER } from "./testing/run-agent.ts";

let folder: string;
let agent: MadeAgent;
const running: SnmpNames[] = [];
const clock = { offsetMs: 0, nowMs: () => Date.now() + clock.offsetMs };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-snmp-"));
  agent = await MadeAgent.start();
  agent.set("edge-1", {
    1: {
      descr: "GigabitEthernet0/1",
      name: "Gi0/1",
      alias: "Transit: Example",
      highSpeed: 10_000,
      speed: 4_294_967_295,
    },
    7: { descr: "eth7", speed: 100_000_000 },
  });
  clock.offsetMs = 0;
  writeFileSync(join(folder, "community"), `${COMMUNITY}\n`);
  writeFileSync(join(folder, "auth"), USER.auth);
  writeFileSync(join(folder, "privacy"), USER.privacy);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((names) => names.stop()));
  agent.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(security: string): Promise<SnmpNames> {
  const file = join(folder, "snmp.yaml");
  writeFileSync(file, `agents:\n  - { exporters: 127.0.0.0/8, port: ${agent.port}, ${security} }\n`);
  const names = new SnmpNames(
    { file, stateDir: join(folder, "state") },
    { log: silentLog, clock, exporters: () => ["127.0.0.1", "192.0.2.9"] },
  );
  running.push(names);
  await names.start();
  return names;
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await setTimeout(25);
  expect(what()).toBe(true);
}

const held = (names: SnmpNames): string[] =>
  names
    .names()
    .filter(({ to }) => to === null)
    .map(({ kind, id, name, description }) => `${kind} ${id} ${name}${description && ` (${description})`}`)
    .sort();

const ALL = [
  "domain 0 edge-1",
  "interface 1 Gi0/1 (GigabitEthernet0/1)",
  "interface 7 eth7 (eth7)",
  "interface-alias 1 Transit: Example",
  "interface-speed 1 10000 (10000000000)",
  "interface-speed 7 100 (100000000)",
];

describe("names from SNMP", () => {
  it.each([
    ["2c", "community-file: community"],
    ["3", `version: 3, user: ${USER.name}, auth: sha256, auth-file: auth, privacy: aes, privacy-file: privacy`],
  ])("has names, aliases and speeds of version %s", async (_, security) => {
    const names = await start(security);
    await until(() => names.names().length > 0);
    expect(held(names)).toEqual(ALL);
    expect(names.names().every(({ exporter, domain }) => exporter === "127.0.0.1" && domain === 0)).toBe(true);
    const [file, polled, ...others] = names.status();
    expect(file).toMatchObject({ kind: "snmp", state: "current", entries: 1, error: null });
    expect(polled).toMatchObject({ kind: "snmp", from: "127.0.0.1", state: "current", entries: 6, error: null });
    expect(others).toEqual([]);
    expect(names.counters()).toMatchObject({
      ...{ agentsAsked: 1, agentsAnswered: 1, agentsTimedOut: 0, agentsFailed: 0 },
      ...{ agents: 1, agentsWithoutAnswer: 0, interfacesKnown: 2 },
    });
    clock.offsetMs = 5000;
    expect(names.counters().oldestAnswerMs).toBeGreaterThanOrEqual(5000);
  });

  it("keeps names over a restart when the agent is gone, and shows their age", async () => {
    const first = await start("community-file: community");
    await until(() => first.names().length > 0);
    const readAt = first.status()[1]!.readAt;
    await first.stop();
    agent.stop();
    expect(namesReader(join(folder, "state", SNMP_NAMES_FILE))()).toHaveLength(ALL.length);
    const second = await start("community-file: community");
    expect(held(second)).toEqual(ALL);
    await until(() => second.status()[1]!.error !== null);
    expect(second.status()[1]).toMatchObject({ state: "stale", readAt, entries: 6, error: "Request timed out" });
    expect(second.counters()).toMatchObject({
      ...{ agentsAsked: 1, agentsAnswered: 0, agentsTimedOut: 1, agentsFailed: 0 },
      ...{ agents: 1, agentsWithoutAnswer: 1, interfacesKnown: 2 },
    });
    agent = await MadeAgent.start();
  });

  it("gives a name that changes a time from which it holds", async () => {
    const names = await start("community-file: community");
    await until(() => names.names().length > 0);
    agent.set("edge-1", { 1: { descr: "GigabitEthernet0/1", name: "Gi0/1", alias: "Customer: Other" } });
    clock.offsetMs = 400_000;
    await until(() => names.names().length > ALL.length);
    expect(held(names)).toEqual([
      "domain 0 edge-1",
      "interface 1 Gi0/1 (GigabitEthernet0/1)",
      "interface 7 ",
      "interface-alias 1 Customer: Other",
      "interface-speed 1 ",
      "interface-speed 7 ",
    ]);
    const aliases = names.names().filter(({ kind }) => kind === "interface-alias");
    expect(aliases.map(({ name }) => name)).toEqual(["Transit: Example", "Customer: Other"]);
    expect(aliases[0]!.to).toBe(aliases[1]!.from);
  });

  it("says why an agent does not answer, and what is wrong with the file", async () => {
    writeFileSync(join(folder, "community"), "");
    const names = await start("community-file: community");
    await until(() => names.counters().agentsFailed > 0);
    expect(names.status()[1]!.error).toContain("community is empty");
    writeFileSync(join(folder, "community"), "another");
    clock.offsetMs = 400_000;
    await until(() => names.counters().agentsTimedOut > 0);
    await until(() => names.status()[1]?.error !== null && names.status().length > 1);
    expect(names.status()[1]).toMatchObject({ state: "absent", entries: null, readAt: null });
    writeFileSync(join(folder, "snmp.yaml"), "agents: [{ exporters: 127.0.0.1, version: 3 }]");
    await until(() => names.status()[0]!.error !== null);
    expect(names.status()[0]).toMatchObject({ state: "stale", error: "agents.0: version 3 needs user" });
  });
});
