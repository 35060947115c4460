// npm run bench:names: an MMDB file of a million prefixes, generated here: how large it is, how long it takes to open,
// how much memory that takes, and how many random addresses are looked up in a second of processor time. Answers are
// compared with sorted ranges that no tree was made of. Exits with 1 if one is wrong. Options: --prefixes N,
// --rounds N (5).
import { appendFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sourceLoader } from "../../tools/load-sources.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { prefixes: { type: "string", default: "1000000" }, rounds: { type: "string", default: "5" } },
});
const [prefixes, rounds] = [Number(values.prefixes), Number(values.rounds)];
const LOOKUPS = 2_000_000;
const COMPARED = 200_000;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const round = (number) => Math.round(number * 10) / 10;

const { load, close } = await sourceLoader();
try {
  const folder = "packages/names/src/mmdb";
  const { manyPrefixes } = await load(`${folder}/testing/many-prefixes.ts`);
  const { random } = await load(`${folder}/testing/random.ts`);
  const { writeMmdb } = await load(`${folder}/testing/write-mmdb.ts`);
  const { readMmdb } = await load(`${folder}/read-mmdb.ts`);
  const { asOf } = await load(`${folder}/record-facts.ts`);
  const many = manyPrefixes(prefixes);
  const bytes = writeMmdb(many.prefixes);
  const [opened, cpu, lookedUp] = [[], [], []];
  let mmdb;
  const before = process.memoryUsage();
  for (let i = 0; i < rounds; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    mmdb = await readMmdb(bytes);
    opened.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  const after = process.memoryUsage();
  const draw = random(7);
  const addresses = Uint32Array.from({ length: LOOKUPS }, () => Math.floor(draw() * 2 ** 32));
  let found = 0;
  for (let i = 0; i < rounds; i++) {
    found = 0;
    const used = process.cpuUsage();
    for (const address of addresses) if (mmdb.ranges.find4(address) !== 0) found++;
    lookedUp.push(LOOKUPS / process.cpuUsage(used).user);
  }
  let wrong = 0;
  for (const address of addresses.subarray(0, COMPARED)) {
    const number = mmdb.ranges.find4(address);
    const as = number === 0 ? 0 : asOf(mmdb.record(number)).number;
    if (as !== many.asOf(address)) wrong++;
  }
  const result = {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    node: process.version,
    load: round(loadavg()[0]),
    prefixes: mmdb.prefixes,
    records: mmdb.records,
    fileBytes: bytes.length,
    openMs: round(median(opened)),
    openCpuMs: round(median(cpu)),
    arrayBytes: (after.arrayBuffers - before.arrayBuffers) / rounds,
    millionLookupsPerCpuSecond: round(median(lookedUp)),
    foundShare: Math.round((1000 * found) / LOOKUPS) / 1000,
    compared: COMPARED,
    wrong,
  };
  console.log(JSON.stringify(result, null, 2));
  appendFileSync(join(here, "../results/names.ndjson"), `${JSON.stringify(result)}\n`);
  if (wrong > 0 || mmdb.prefixes !== prefixes) process.exitCode = 1;
} finally {
  await close();
}
