import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeMmdb } from "../../packages/names/src/mmdb/testing/write-mmdb.ts";
import { Background, must, NGFLOW, ROOT, run, SAME_USER } from "../support/command.ts";
import { absentTools } from "../support/needs.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-reload-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A flow is received between any two changes. */
const RATE = 20_000;
const COUNT = 120_000;

interface Report {
  readonly datagrams: number;
  readonly records: number;
}

function daemon(name: string, words: readonly string[]) {
  const data = join(folder, name);
  const file = join(folder, `${name}.yaml`);
  const write = (text: string): void => writeFileSync(file, text);
  write("{}\n");
  const process = (): Background =>
    new Background([...NGFLOW, ...words, "--data", data, "--config", file], { env: { NGFLOW_CONFIG: "" } });
  const reload = (...more: string[]) => run([...NGFLOW, "reload", "--data", data, ...more]);
  return { data, write, process, reload };
}

const generate = (port: number, ...words: string[]): Background =>
  new Background([...NGFLOW, "generate", "--to", `udp://127.0.0.1:${port}`, "--json", ...words]);

/** Waits for the end of a sender, and returns what it sent. */
async function sent(sender: Background): Promise<Report> {
  const { status, stdout, stderr } = await sender.ended(30_000);
  expect(`${status} ${stderr}`).toBe("0 ");
  return JSON.parse(stdout) as Report;
}

test("up takes over its configuration while flows arrive, and loses none", async () => {
  const first = await freeUdpPort();
  const second = await freeUdpPort();
  const control = join(folder, "control.sock");
  const words = ["up", "--no-capture", "--http", "127.0.0.1:0", "--control", control];
  const { write, process: start, reload } = daemon("up", words);
  write(`listen: ["127.0.0.1:${first}"]\n`);
  const up = start();
  try {
    await up.until("the console", () => up.stdout.includes("console  "));
    const [url = ""] = /http:\S+/.exec(up.stdout) ?? [];
    const sender = generate(first, "--rate", String(RATE), "--count", String(COUNT), "--exporters", "4");
    await up.until("flows", async () => (await totals(url))["datagramsReceived"]! > 0);

    write(`listen: ["127.0.0.1:${first}", "127.0.0.1:${second}"]\nkeep: 90d\nexporters: [127.0.0.0/8]\n`);
    const { status, stdout } = reload("--json");
    expect(status).toBe(0);
    const { daemons } = JSON.parse(stdout) as { daemons: { daemon: string; changed: { key: string }[] }[] };
    expect(daemons.map((each) => [each.daemon, each.changed.map(({ key }) => key)])).toEqual([
      ["serve", ["listen", "exporters", "keep"]],
    ]);
    const { tiers } = (await (await fetch(`${url}/api/v1/store`)).json()) as { tiers: { keepDays: number }[] };
    expect(tiers[0]!.keepDays).toBe(90);

    // Names are taken over, too, and those of before are used where a file is wrong.
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const same = `listen: ["127.0.0.1:${first}", "127.0.0.1:${second}"]\nkeep: 90d\nexporters: [127.0.0.0/8]\n`;
    const networks = file("networks.csv", "cidr,name\n0.0.0.0/0,Everywhere\n::/0,Everywhere\n");
    const names = `${same}networks: ${networks}\nhosts: [${file("hosts", "192.0.2.1 one\n")}]\nreverse-dns: 127.0.0.1:9\n`;
    const agents = file("snmp.yaml", `agents:\n  - { exporters: 192.0.2.0/24, community-file: community }\n`);
    const record = { autonomous_system_number: 64500, autonomous_system_organization: "All" };
    const mmdb = join(folder, "as.mmdb");
    writeFileSync(mmdb, writeMmdb(["0.0.0.0/1", "128.0.0.0/1", "2000::/3"].map((prefix) => ({ prefix, record }))));
    const sources = async (): Promise<string[]> => {
      const answer = (await (await fetch(`${url}/api/v1/names/status`)).json()) as { sources: { kind: string }[] };
      return answer.sources.map(({ kind }) => kind);
    };
    write(
      `${names}mmdb: [${mmdb}]\nsnmp: ${agents}\ninterface-rules: ${file("rules.yaml", "- { boundary: internal }\n")}\n`,
    );
    expect(reload().stdout).toMatch(/^serve: changed: .*networks default → .*reverse-dns default → 127\.0\.0\.1:9/);
    const all = ["networks", "mmdb", "numbers", "snmp", "interface-rules", "hosts", "reverse-dns"];
    await up.until("the names", async () => (await sources()).join() === all.join());
    write(`${names}mmdb: [${networks}]\n`);
    expect(reload().stderr).toContain(`mmdb ${networks}: `);
    write(`${names}snmp: ${file("wrong.yaml", "agents: 1\n")}\n`);
    expect(reload().stderr).toContain(`snmp ${join(folder, "wrong.yaml")}: `);
    expect(await sources()).toEqual(all);
    const named = await sent(generate(second, "--count", "500", "--rate", "2000"));
    const asked = `${url}/api/v1/query?by=SrcNetName&metric=flows&last=1h&time=arrival`;
    await up.until("names of flows", async () => {
      const { rows } = (await (await fetch(asked)).json()) as { rows: { SrcNetName: string }[] };
      return rows.some(({ SrcNetName }) => SrcNetName === "Everywhere");
    });
    write(same);
    expect(reload().status).toBe(0);
    await up.until("no names", async () => (await sources()).length === 0);

    // One wrong value, and nothing changes, be it found here or in the collector.
    write(`listen: ["127.0.0.1:${first}", "127.0.0.1:${second}"]\nkeep: 1y\nexporters: [nobody]\n`);
    expect(reload()).toMatchObject({ status: 78, stderr: expect.stringContaining('"nobody" is not an address') });
    write("keeep: 1y\n");
    expect(reload()).toMatchObject({ status: 78, stderr: expect.stringContaining("did you mean keep") });
    write(`listen: ["127.0.0.1:${second}"]\nkeep: 90d\nexporters: [127.0.0.0/8]\nhttp: 127.0.0.1:1\n`);
    expect(reload().stdout).toMatch(/^serve: needs a restart: listen .* → 127\.0\.0\.1:\d+\n$/);
    process.kill(up.pid, "SIGHUP");

    const more = await sent(generate(second, "--count", "1000", "--rate", "2000"));
    const most = await sent(sender);
    await up.until("all datagrams", async () => {
      const { datagramsReceived } = await totals(url);
      return datagramsReceived === most.datagrams + more.datagrams + named.datagrams;
    });
    const { recordsLost, recordsDecoded } = await totals(url);
    const records = most.records + more.records + named.records;
    expect({ recordsLost, recordsDecoded }).toEqual({ recordsLost: 0, recordsDecoded: records });
    expect((await up.stop()).status).toBe(0);
  } finally {
    await up.stop("SIGKILL");
  }
});

async function totals(url: string): Promise<Record<string, number>> {
  return (await (await fetch(`${url}/api/v1/pipeline`)).json()) as Record<string, number>;
}

test("collect goes on at SIGHUP, and who may send changes", async () => {
  const port = await freeUdpPort();
  const { write, process: start, reload } = daemon("collect", ["collect", "--listen", `127.0.0.1:${port}`]);
  const collect = start();
  try {
    await collect.until("the collector", () => collect.stdout.includes("listening"));
    write("exporters: [192.0.2.1]\nlog-level: info\n");
    process.kill(collect.pid, "SIGHUP");
    await collect.until("the reload", () => collect.stderr.includes("exporters default → 192.0.2.1"));
    await sent(generate(port, "--count", "100"));
    await collect.until("a refusal", () => collect.stderr.includes("may not send"));
    write("exporters: [127.0.0.1]\n");
    expect(reload().stdout).toBe("collect: changed: log-level info → default, exporters 192.0.2.1 → 127.0.0.1\n");
    await sent(generate(port, "--count", "100"));
    const { status, stdout } = await collect.stop();
    expect(status).toBe(0);
    expect(stdout).toContain("100 records");
  } finally {
    await collect.stop("SIGKILL");
  }
});

const noPython = absentTools("python3");

test.skipIf(noPython !== undefined)("a daemon whose terminal is closed ends as at Ctrl-C", () => {
  const words = [...NGFLOW, "collect", "--data", join(folder, "closed"), "--listen", "127.0.0.1:0", ...SAME_USER];
  expect(must(["python3", `${ROOT}tests/support/closed-terminal.py`, "data ", ...words])).toBe("0\n");
});
