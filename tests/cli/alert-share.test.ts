import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, NGFLOW, ROOT, SAME_USER } from "../support/command.ts";

const testing = (name: string): string => join(ROOT, "packages/store/src/testing", name);
/** Longer than it takes until another server leads, and until windows are judged. */
const SOON = { timeout: 90_000, interval: 250 };

interface Body {
  readonly id: string;
  readonly alerts: readonly { readonly rule: string; readonly id: string; readonly state: string }[];
}

let folder = "";
let database: Background;
let url = "";
/** What the channel got, in order. */
const posted: Body[] = [];
const sink = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    posted.push(JSON.parse(Buffer.concat(pieces).toString()) as Body);
    response.end();
  });
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-share-"));
  const loader = ["--conditions=@ngflow/source", "--import", testing("source-loader.mjs")];
  database = new Background([process.execPath, ...loader, testing("sql-server.ts"), join(folder, "db"), "0"]);
  await database.until("the database", () => database.stdout.includes("\n"));
  url = `clickhouse://default@${database.stdout.trim()}/default`;
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
}, 60_000);

afterAll(async () => {
  await database.stop("SIGKILL");
  sink.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

interface Server {
  readonly process: Background;
  now(): Promise<{ share: { leads: boolean; fault: string | null }; alerts: { rule: string; state: string }[] }>;
  save(name: string): Promise<void>;
}

const rule = (name: string) => ({
  ...{ name, condition: "threshold", metric: "flows", above: 0, window: "10s", "clear-after": "1h", time: "arrival" },
});

/** A server with its own data and store, which has flows all the time. */
async function start(name: string): Promise<Server> {
  const own = join(folder, name);
  mkdirSync(own);
  const port = (sink.address() as AddressInfo).port;
  const channel = { sink: { type: "webhook", url: `http://127.0.0.1:${port}/` } };
  // JSON is YAML.
  writeFileSync(join(own, "alerts.yaml"), JSON.stringify({ rules: [rule("first")], notify: channel, share: { url } }));
  const reports = [{ name: "daily", every: "day", format: "json", share: { url } }];
  writeFileSync(join(own, "reports.yaml"), JSON.stringify(reports));
  const where = ["--data", join(own, "data"), "--control", join(own, "control.sock"), "--http", "127.0.0.1:0"];
  const more = ["--listen", "127.0.0.1:0", "--alerts", join(own, "alerts.yaml"), ...SAME_USER];
  more.push("--reports", join(own, "reports.yaml"));
  const process = new Background([...NGFLOW, "demo", ...where, ...more]);
  let base = "";
  await process.until(name, () => (base = /console {2}(http:\S+)/.exec(process.stdout)?.[1] ?? "") !== "", 60_000);
  const api = `${base.replace(/\/$/, "")}/api/v1/alerts`;
  return {
    process,
    now: async () => (await (await fetch(api)).json()) as Awaited<ReturnType<Server["now"]>>,
    async save(saved) {
      const headers = { "content-type": "application/json", "if-none-match": "*", origin: base };
      const body = JSON.stringify(rule(saved));
      const answer = await fetch(`${api}/rules/${saved}`, { method: "PUT", headers, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
  };
}

/** How often each rule was sent as firing. */
const sentOf = (name: string): number =>
  posted.flatMap(({ alerts }) => alerts).filter((alert) => alert.rule === name && alert.state === "firing").length;

/** The servers that made the report of yesterday. */
const reporters = (): readonly string[] =>
  readdirSync(folder).filter((name) => {
    const directory = join(folder, name, "data", "reports");
    return existsSync(directory) && readdirSync(directory).some((file) => /^daily-.*\.json$/.test(file));
  });

test("of two servers one sends; when it is killed the other one does, and nothing twice", async () => {
  const servers = [await start("one"), await start("two")];
  const leads = async (of: readonly Server[]): Promise<boolean[]> =>
    Promise.all(of.map(async (server) => (await server.now()).share.leads));
  await expect.poll(() => sentOf("first"), SOON).toBe(1);
  expect((await leads(servers)).filter(Boolean)).toHaveLength(1);
  // The other one shows the alert, too.
  for (const server of servers)
    await expect.poll(async () => (await server.now()).alerts.map(({ state }) => state), SOON).toEqual(["firing"]);

  await expect.poll(reporters, SOON).toHaveLength(1);

  const at = (await leads(servers)).indexOf(true);
  const [dead, alive] = [servers[at]!, servers[1 - at]!];
  await dead.process.stop("SIGKILL");
  await expect.poll(() => leads([alive]), SOON).toEqual([true]);
  await alive.save("second");
  await expect.poll(() => sentOf("second"), SOON).toBe(1);
  // It went on from where the other one ended: what it had sent is not sent again.
  expect(sentOf("first")).toBe(1);
  expect((await alive.now()).share.fault).toBeNull();

  // One that comes back takes the rule of the console over, and does not lead.
  const third = await start("three");
  await expect
    .poll(async () => (await third.now()).alerts.map((alert) => alert.rule).toSorted(), SOON)
    .toEqual(["first", "second"]);
  expect(await leads([alive, third])).toEqual([true, false]);
  expect([sentOf("first"), sentOf("second")]).toEqual([1, 1]);

  // Asked to end, it leaves: the next one need not wait for it.
  await alive.process.stop();
  await expect.poll(() => leads([third]), SOON).toEqual([true]);

  // Nor was a report made again.
  expect(reporters()).toHaveLength(1);

  // Without the shared database nobody sends, and says so.
  await database.stop("SIGKILL");
  await expect
    .poll(async () => (await third.now()).share, SOON)
    .toMatchObject({ leads: false, fault: expect.any(String) });
  expect([sentOf("first"), sentOf("second")]).toEqual([1, 1]);
  await third.process.stop();
}, 400_000);
