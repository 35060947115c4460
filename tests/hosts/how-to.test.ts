import { appendFileSync, chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, type Ended, must, ROOT } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { Machine } from "../support/machine.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { pages } from "../support/pages.ts";
import { type TutorialStep, tutorialSteps } from "../support/tutorial.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "nsenter", "mount", "sysctl", "bash", "timeout");

/** How a page marks the blocks that this test runs, in their order. */
const MARK = "on a machine";
/** It ends the daemon of the block before. */
const ALONE = `${MARK}, in the background`;
/** It runs next to the daemons of the blocks before. */
const TOGETHER = `${MARK}, also in the background`;
/** Exit status of a command that SIGINT ended. */
const BY_SIGINT = 130;

/** It runs until Ctrl-C. */
const UNTIL_CTRL_C = `${MARK}, until Ctrl-C`;

// A translation has the same commands (translations.test.ts).
const found = pages()
  .filter((page) => !page.startsWith("docs/tutorials/") && !page.endsWith(".ja.md"))
  .map((page) => [page, tutorialSteps(page).filter(({ how }) => how.startsWith(MARK))] as const)
  .filter(([, steps]) => steps.length > 0);

test("pages have commands for a machine, and no other marks than the ones that are run", () => {
  expect(found.length).toBeGreaterThan(4);
  const marks = new Set(found.flatMap(([, steps]) => steps.map(({ how }) => how)));
  expect([...marks].filter((mark) => ![MARK, ALONE, TOGETHER, UNTIL_CTRL_C].includes(mark))).toEqual([]);
});

/** Commands of pages that need root, on a machine with an interface em0, a default route over it and a group. */
describe("the commands of a page, in order, as root", () => {
  let hosts: TwoHosts;
  let machine: Machine;
  const running: Background[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    const ip = ["ip", "-n", hosts.left.namespace];
    must([...ip, "address", "add", "192.0.2.7/32", "dev", "em0"]);
    must([...ip, "route", "add", "default", "via", hosts.right.ipv4]);
    // A second default route: inline mode refuses the interface of the only one.
    must([...ip, "link", "add", "mgmt0", "type", "veth", "peer", "name", "mgmt1"]);
    must([...ip, "link", "set", "mgmt0", "up"]);
    must([...ip, "route", "add", "default", "dev", "mgmt0", "metric", "2000"]);
    machine = await Machine.boot(hosts.left);
    appendFileSync(machine.path("/etc/group"), "netops:x:4242:\n");
    standIns(machine);
    mkdirSync(machine.path("/var/lib/ngflow"));
    mkdirSync(machine.path("/run/page"));
    symlinkSync(join(ROOT, "examples"), machine.path("/run/page/examples"));
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await stopAll();
    await machine.remove();
    hosts.remove();
  });

  async function stopAll(): Promise<void> {
    for (const each of running.splice(0).reverse()) await each.stop();
  }

  /** In a directory of the machine, since pages write files. */
  const shell = (script: string): string[] => ["bash", "-euc", `PATH=/run/bin:$PATH; cd /run/page\n${script}`];

  async function inBackground({ script }: TutorialStep): Promise<void> {
    const daemon = new Background(machine.exec(shell(script)));
    running.push(daemon);
    await daemon.until(script, () => /^(listening|console|control) /m.test(daemon.stdout));
  }

  /** Ctrl-C after a while; on a busy machine the command may need longer until it leaves the signal to itself. */
  function untilCtrlC(script: string): Ended {
    for (const seconds of [3, 10]) {
      const ended = interrupted(script, seconds);
      if (ended.status !== BY_SIGINT) return ended;
    }
    return interrupted(script, 25);
  }

  function interrupted(script: string, seconds: number): Ended {
    const timeout = ["timeout", "--preserve-status", "--signal=INT", String(seconds)];
    return machine.run([...timeout, ...shell(script)], { timeoutMs: 60_000 });
  }

  test.for(found)("%s", { timeout: 180_000 }, async ([page, steps]) => {
    for (const step of steps) {
      const where = `${page}:${step.line}: ${step.script}`;
      if (step.how === ALONE) await stopAll();
      if (step.how === ALONE || step.how === TOGETHER) {
        await inBackground(step);
        continue;
      }
      const ended =
        step.how === UNTIL_CTRL_C ? untilCtrlC(step.script) : machine.run(shell(step.script), { timeoutMs: 60_000 });
      expect(ended.status, `${where}${ended.stdout}${ended.stderr}`).toBe(0);
      expect(ended.stderr, where).not.toMatch(/internal error/);
    }
  });
});

/** `sudo` for root, and npx without its search for what is installed anyway. */
function standIns(machine: Machine): void {
  mkdirSync(machine.path("/run/bin"));
  for (const name of ["sudo", "npx"]) {
    writeFileSync(machine.path(`/run/bin/${name}`), '#!/bin/sh\nexec "$@"\n');
    chmodSync(machine.path(`/run/bin/${name}`), 0o755);
  }
}
