import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { madeSoFar, removeAtEnd, removeMadeSince } from "../support/cleanup.ts";
import { Background, must, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { cannotBoot, SystemdMachine } from "../support/systemd-machine.ts";

const missing = absentPrivilege() ?? absentTools("ip", "nsenter", "unshare", "mount", "systemctl") ?? cannotBoot();

/** Whether a process runs, or could. A zombie does not. */
const runs = (pid: number): boolean => /^[^Z]/.test(run(["ps", "-o", "stat=", "-p", String(pid)]).stdout.trim());

// The first test of each pair leaves something behind, the second looks for it.
let pid = 0;
test("a process that a test started", () => {
  pid = new Background(["sleep", "300"]).pid;
  expect(runs(pid)).toBe(true);
});
test("is gone after it", () => expect(runs(pid)).toBe(false));

let namespaces: string[] = [];
test("hosts that a test made, and what runs on them", (ctx) => {
  ctx.skip(missing !== undefined, missing);
  const { left, right } = new TwoHosts();
  namespaces = [left.namespace, right.namespace];
  must(left.exec(["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"]));
  pid = Number(must(["ip", "netns", "pids", left.namespace]));
  expect(pid).toBeGreaterThan(0);
});
test("are gone after it", (ctx) => {
  ctx.skip(missing !== undefined, missing);
  const there = must(["ip", "netns", "list"]);
  for (const name of namespaces) expect(there).not.toContain(name);
  expect(runs(pid)).toBe(false);
});

test("if one thing cannot be removed, the others still are", async () => {
  const removed: string[] = [];
  const before = madeSoFar();
  removeAtEnd(() => removed.push("first"));
  removeAtEnd(() => Promise.reject(new Error("busy")));
  const done = removeAtEnd(() => removed.push("removed by the test itself"));
  removeAtEnd(() => removed.push("last"));
  done();
  await expect(removeMadeSince(before)).rejects.toThrow("could not be removed: Error: busy");
  expect(removed).toEqual(["last", "first"]);
});

test("a machine that does not boot in time leaves no process, no folder and no control group", async (ctx) => {
  ctx.skip(missing !== undefined, missing);
  const mine = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("ngflow-systemd-"));
  const foldersBefore = mine();
  const before = madeSoFar();
  const hosts = new TwoHosts();
  await expect(SystemdMachine.boot(hosts.left, 30)).rejects.toThrow("systemd: not within the time");
  const booting = must(["ip", "netns", "pids", hosts.left.namespace]).trim().split("\n").map(Number);
  expect(booting.some(runs)).toBe(true);
  expect(mine()).toHaveLength(foldersBefore.length + 1);

  await removeMadeSince(before);
  expect(mine()).toEqual(foldersBefore);
  for (let tries = 0; booting.some(runs) && tries < 100; tries++) await sleep(20);
  expect(booting.filter(runs)).toEqual([]);
  const script = `mount -t cgroup2 none /mnt && ls /mnt`;
  expect(must(["unshare", "--mount", "sh", "-euc", script])).not.toContain(hosts.left.namespace);
});
