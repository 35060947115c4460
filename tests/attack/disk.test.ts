import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeAtEnd } from "../support/cleanup.ts";
import { must, run, sleep } from "../support/command.ts";
import { attacks } from "./support/attack.ts";
import { counter, honest, pipeline, sender, sent, startApart, storedHonest, untilStored } from "./support/target.ts";

const DISK_MIB = 256;

/** A disk of its own for the data of a folder. */
function mountDisk(folder: string): string {
  const data = join(folder, "data");
  mkdirSync(data);
  must(["mount", "-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", data]);
  removeAtEnd(() => run(["umount", "-l", data]));
  return data;
}

/** Fills a disk to the last byte; the function makes room again. */
function fill(data: string): () => void {
  const file = join(data, "filler");
  run(["dd", "if=/dev/zero", `of=${file}`, "bs=64k", "status=none"]);
  run(["dd", "if=/dev/zero", `of=${file}`, "bs=1", "count=65536", "oflag=append", "conv=notrunc", "status=none"]);
  return () => rmSync(file);
}

/** A counter of the spool in what Prometheus gets. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^ngflow_hop\\{hop="spool",counter="${name}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
}

async function secondsUntil(limit: number, holds: () => Promise<boolean>): Promise<number> {
  const fromMs = Date.now();
  while (!(await holds())) {
    if (Date.now() - fromMs > limit * 1000) return Number.POSITIVE_INFINITY;
    await sleep(100);
  }
  return (Date.now() - fromMs) / 1000;
}

attacks("disk", [
  {
    name: "full-told",
    does: "the disk of the data is full",
    unit: "s until /metrics shows it",
    before: Number.POSITIVE_INFINITY,
    bar: 4,
    tools: ["mount", "umount"],
    async run({ folder }) {
      const data = mountDisk(folder);
      const { port, serve, url } = await startApart(folder);
      const sending = sender([honest(port, 60, 5000)]);
      await serve.until("the first rows", async () => (await pipeline(url))["rowsStored"]! > 0);
      const free = fill(data);
      const seconds = await secondsUntil(20, async () => (await metric(url, "writeErrors")) > 0);
      free();
      await sending.stop("SIGKILL");
      return seconds;
    },
  },
  {
    name: "full-balance",
    does: "the disk is full for 10 s of 20, and then free again",
    unit: "rows neither stored nor counted",
    before: 0,
    bar: 0,
    tools: ["mount", "umount"],
    rounds: { short: 0, long: 1 },
    seconds: 150,
    async run({ folder }) {
      const data = mountDisk(folder);
      const { port, serve, url, collect } = await startApart(folder);
      const sending = sender([honest(port, 20, 60_000)]);
      await serve.until("the first rows", async () => (await pipeline(url))["rowsStored"]! > 0);
      const free = fill(data);
      await sleep(10_000);
      free();
      const [exporter] = await sent(sending);
      await sleep(3000);
      await untilStored(url);
      const told = await pipeline(url);
      const refused = ["rowsRefusedMemory", "rowsRefusedDirectory"].map((name) => counter(told, "spool", name) ?? 0);
      const kernel = counter(told, "collector", "kernelDrops") ?? 0;
      await collect.stop();
      await serve.stop();
      const { rows, ids } = storedHonest(folder);
      const missing = exporter!.records - ids - refused[0]! - refused[1]! - kernel * 30;
      return Math.abs(missing) + (rows - ids);
    },
  },
  {
    name: "gone",
    does: "the spool directory is removed while rows arrive",
    unit: "s until rows are safe again",
    before: Number.POSITIVE_INFINITY,
    bar: 10,
    async run({ folder }) {
      const { port, serve, url } = await startApart(folder);
      const sending = sender([honest(port, 60, 1000)]);
      const safe = async (): Promise<number> => counter(await pipeline(url), "spool", "rowsAcknowledged") ?? 0;
      await serve.until("the first rows", async () => (await safe()) > 0);
      renameSync(join(folder, "data/spool"), join(folder, "elsewhere"));
      await sleep(1500);
      const before = await safe();
      const seconds = await secondsUntil(30, async () => (await safe()) > before);
      await sending.stop("SIGKILL");
      return seconds;
    },
  },
]);
