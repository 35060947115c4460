import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { must, sleep } from "../support/command.ts";
import { attacks } from "./support/attack.ts";
import { counter, honest, pipeline, send, startApart, startServe, untilStored } from "./support/target.ts";

const RECORDS = 9000;
/** How long a daemon that has just started may take to find out what is missing. */
const FIND_MS = 10_000;
const DAY_MS = 86_400_000;

/** The part of the flows with the most rows, and what is around it. */
interface Place {
  readonly part: string;
  readonly table: string;
  readonly store: string;
}

function flip(file: string, from = 0.5): void {
  const bytes = readFileSync(file);
  const at = Math.floor((bytes.length - 1) * from);
  bytes[at] = bytes[at]! ^ 0xff;
  writeFileSync(file, bytes);
}

const cut = (file: string): void => truncateSync(file, Math.floor(statSync(file).size / 2));
const garbage = (file: string): void => writeFileSync(file, "garbage");

/** Ways to damage a store. */
const KINDS: Readonly<Record<string, (place: Place) => unknown>> = {
  "data cut": ({ part }) => cut(join(part, "data.bin")),
  "part removed": ({ part }) => rmSync(part, { recursive: true }),
  "data flipped": ({ part }) => flip(join(part, "data.bin")),
  "data empty": ({ part }) => truncateSync(join(part, "data.bin"), 0),
  "data removed": ({ part }) => rmSync(join(part, "data.bin")),
  "marks flipped": ({ part }) => flip(join(part, "data.cmrk4")),
  "marks cut": ({ part }) => cut(join(part, "data.cmrk4")),
  "marks removed": ({ part }) => rmSync(join(part, "data.cmrk4")),
  "checksums flipped": ({ part }) => flip(join(part, "checksums.txt")),
  "checksums removed": ({ part }) => rmSync(join(part, "checksums.txt")),
  "count garbage": ({ part }) => garbage(join(part, "count.txt")),
  "partition garbage": ({ part }) => garbage(join(part, "partition.dat")),
  "columns garbage": ({ part }) => garbage(join(part, "columns.txt")),
  "index cut": ({ part }) => cut(join(part, "primary.cidx")),
  "part empty": ({ part }) => readdirSync(part).forEach((name) => rmSync(join(part, name))),
  "definition removed": ({ store }) => rmSync(find(store, "flows.sql")!),
};

/** The path of the first file of a name in a folder. */
function find(folder: string, name: string): string | undefined {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((each) => each.endsWith(`/${name}`));
  return found === undefined ? undefined : join(folder, found);
}

function placeOf(folder: string, name = "flows"): Place {
  const store = join(folder, "data/store");
  const table = realpathSync(join(store, "data/default", name));
  const rows = (part: string): number => Number(readFileSync(join(table, part, "count.txt"), "utf8"));
  const parts = readdirSync(table).filter((name) => existsSync(join(table, name, "count.txt")));
  return { store, table, part: join(table, parts.sort((a, b) => rows(b) - rows(a))[0]!) };
}

/** Tables of the sums, the name of each tier, and a question that it answers. */
const SUMS = [
  { table: "flows_1m", tier: "1m", question: "by=Proto&step=60" },
  { table: "flows_1h", tier: "1h", question: "by=InIf,OutIf&step=3600" },
  { table: "flows_1h_src", tier: "1h-src", question: "by=SrcAddr&top=5&step=3600" },
  { table: "flows_1h_dst", tier: "1h-dst", question: "by=DstAddr&top=5&step=3600" },
  { table: "flows_1h_service", tier: "1h-service", question: "by=ServicePort&top=5&step=3600" },
  { table: "flows_1h_as", tier: "1h-as", question: "by=DstAS&top=5&step=3600" },
  { table: "flows_1d", tier: "1d", question: "by=Proto" },
] as const;

/** Ways to damage sums. */
const SUM_KINDS = ["part removed", "data flipped", "data cut", "marks flipped", "checksums removed", "count garbage"];

/** Rows that a query does not find without anybody saying so; a query that fails says so. */
async function silentlyLost(folder: string): Promise<number> {
  const { process: serve, url } = await startServe(folder);
  let lost = RECORDS;
  for (const endMs = Date.now() + FIND_MS; lost > 0 && Date.now() < endMs; await sleep(500)) {
    const answer = await fetch(`${url}/api/v1/query?metric=flows&last=1h`);
    if (!answer.ok) {
      lost = 0;
      break;
    }
    const { rows } = (await answer.json()) as { rows: { flows?: number }[] };
    const told = (await pipeline(url)).hops.find(({ hop }) => hop === "store")?.counters ?? {};
    const counted = Object.entries(told).filter(([name]) => /^rows.*(Missing|Damaged|Detached|Lost)/.test(name));
    lost = RECORDS - Number(rows[0]?.flows ?? 0) - counted.reduce((sum, [, count]) => sum + count, 0);
  }
  await serve.stop("SIGKILL");
  return Math.max(0, lost);
}

interface Answer {
  readonly rows?: readonly object[];
  readonly tier?: string;
  readonly missing?: readonly string[];
}

/** The answers that the sums give, by table; null where one fails or says that it is not whole. */
async function answers(url: string): Promise<Readonly<Record<string, Answer | null>>> {
  const found: Record<string, Answer | null> = {};
  const day = (n: number): string => new Date((Math.floor(Date.now() / DAY_MS) + n) * DAY_MS).toISOString();
  for (const { table, question } of SUMS) {
    const words = `metric=bytes&${question}&from=${day(-1)}&to=${day(1)}`;
    const answer = (await (await fetch(`${url}/api/v1/query?${words}`)).json()) as Answer;
    found[table] = answer.rows === undefined || answer.missing !== undefined ? null : answer;
  }
  return found;
}

const bytesOf = (answer: Answer | null | undefined): string | null =>
  answer?.rows === undefined ? null : JSON.stringify(answer.rows.map((row) => JSON.stringify(row)).sort());

attacks("parts", [
  {
    name: "damaged",
    does: "files of the store are damaged in sixteen ways while nothing runs",
    unit: "ways that hide lost rows",
    before: 14,
    bar: 0,
    rounds: { short: 1, long: Object.keys(KINDS).length },
    seconds: 500,
    async run({ folder, rounds, say }) {
      const good = join(folder, "good");
      const { port, serve, collect, url } = await startApart(good);
      await send(honest(port, RECORDS / 5000, 5000));
      await untilStored(url);
      await collect.stop();
      await serve.stop();
      let hidden = 0;
      for (const [name, damage] of Object.entries(KINDS).slice(0, rounds)) {
        const copy = join(folder, "copy");
        must(["cp", "-a", good, copy]);
        damage(placeOf(copy));
        const lost = await silentlyLost(copy);
        if (lost > 0) {
          hidden += 1;
          say(`${name}: ${lost} of ${RECORDS} rows are gone without a word`);
        }
        rmSync(copy, { recursive: true, force: true });
      }
      return hidden;
    },
  },
  {
    name: "sums",
    does: "files of the sums by minute, hour and day are damaged in six ways while nothing runs",
    unit: "answers that are wrong without a word",
    before: 0,
    bar: 0,
    rounds: { short: 1, long: SUM_KINDS.length },
    seconds: 600,
    async run({ folder, rounds, say }) {
      const good = join(folder, "good");
      const { port, serve, collect, url } = await startApart(good);
      await send(honest(port, RECORDS / 5000, 5000));
      await collect.stop();
      await untilStored(url);
      await serve.until("the sums", async () => counter(await pipeline(url), "store", "rowsUnrolled") === 0, 90_000);
      const right = await answers(url);
      for (const { table, tier } of SUMS) {
        if (right[table]?.tier !== tier) throw new Error(`${table} does not answer: ${JSON.stringify(right[table])}`);
      }
      await serve.stop();
      let wrong = 0;
      for (const name of SUM_KINDS.slice(0, rounds)) {
        const copy = join(folder, "copy");
        must(["cp", "-a", good, copy]);
        for (const { table } of SUMS) KINDS[name]!(placeOf(copy, table));
        const { process: again, url: there } = await startServe(copy);
        for (const [table, answer] of Object.entries(await answers(there))) {
          const found = bytesOf(answer);
          if (found === null || found === bytesOf(right[table])) continue;
          wrong += 1;
          say(`${name}, ${table}: ${found.slice(0, 200)}`);
        }
        await again.stop("SIGKILL");
        rmSync(copy, { recursive: true, force: true });
      }
      return wrong;
    },
  },
]);
