import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Api } from "../support/api.ts";
import { Background, ROOT } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { Machine } from "../support/machine.ts";
import { RC_SUBR } from "../support/rc-subr.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { isShown, type TutorialStep, tutorialSteps } from "../support/tutorial.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "nsenter", "mount", "sysctl", "bash");
const PAGES = ["netflow-exporter", "freebsd-machine"];

test.for(PAGES)("%s: both languages have the same commands, outputs and pictures", (name) => {
  const pages = [`docs/tutorials/${name}.md`, `docs/tutorials/${name}.ja.md`];
  const [english, japanese] = pages.map((page) => tutorialSteps(page).map(({ line: _, ...step }) => step));
  expect(japanese).toEqual(english);
  const [here, there] = pages.map((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/(?:!\[[^\]]+\]\(|src(?:set)?=")([^)"]+)[)"]/g)].map(
      ([, path = ""]) => path,
    ),
  );
  expect(there).toEqual(here);
  for (const path of here ?? []) expect(existsSync(join(ROOT, "docs/tutorials", path)), path).toBe(true);
});

describe("every command of the tutorial, in order", () => {
  let hosts: TwoHosts;
  let machine: Machine;
  const running: Background[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    machine = await Machine.boot(hosts.left);
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    for (const each of running.splice(0).reverse()) await each.stop();
    await machine.remove();
    hosts.remove();
  });

  /** Starts a daemon as the page says and waits for what it prints when it is ready. */
  async function startDaemon(on: Machine, script: string): Promise<void> {
    const daemon = new Background(on.exec(["bash", "-euc", `exec ${script}`]));
    running.push(daemon);
    await daemon.until(script, () => /^(listening|console|control) /m.test(daemon.stdout));
  }

  function expectStep(on: Machine, page: string, step: TutorialStep, prelude: string): void {
    const { status, stdout, stderr } = on.run(["bash", "-euc", `${prelude}\n${step.script}`], { timeoutMs: 60_000 });
    const output = stdout + stderr;
    const where = `${page}:${step.line}: ${step.script}${output}`;
    expect(status === 0, where).toBe(step.how !== "fails");
    for (const line of step.shown)
      expect(isShown(line, output), `${line}\nis not in what is printed by ${where}`).toBe(true);
  }

  test("netflow-exporter", { timeout: 180_000 }, async () => {
    const page = "docs/tutorials/netflow-exporter.md";
    const steps = tutorialSteps(page);
    expect(steps.length).toBeGreaterThan(20);
    let prelude = "";
    for (const step of steps) {
      prelude += [...step.script.matchAll(/^[A-Z]+=.*\n/gm)].map(([line]) => line).join("");
      if (step.how === "in the background") await startDaemon(machine, step.script);
      else expectStep(machine, page, step, prelude);
    }
    expect(prelude).toContain(hosts.right.ipv4);
    const api = new Api(hosts.left, "127.0.0.1:8080");
    expect(api.pipeline()).toMatchObject({ recordsLost: 0, packetsDropped: 0 });
  });

  test("freebsd-machine", { timeout: 120_000 }, async () => {
    const page = "docs/tutorials/freebsd-machine.md";
    const collector = await Machine.boot(hosts.right);
    try {
      const path = standIn(machine);
      await startDaemon(machine, "ngflow graph --inline em0");
      for (const step of tutorialSteps(page)) {
        if (step.how === "in the background") await startDaemon(collector, step.script);
        else if (step.how === "on FreeBSD") expectStep(machine, page, step, `PATH=${path}:$PATH`);
        else if (step.how === "no, the test copies it") {
          machine.must(["mkdir", "/usr/local/etc/rc.d"]);
          copyFileSync(collector.path("/run/ng_netflow"), machine.path("/usr/local/etc/rc.d/ng_netflow"));
        } else expectStep(collector, page, step, step.script.includes(">") ? "cd /run" : "");
      }
      expect(new Api(hosts.right, "127.0.0.1:8080").pipeline()).toMatchObject({ recordsLost: 0 });
    } finally {
      for (const each of running.splice(0).reverse()) await each.stop();
      await collector.remove();
    }
  });
});

/** rc.subr as far as the script needs it, and FreeBSD's commands, replaced by ngflow's with the same arguments. */
function standIn(machine: Machine): string {
  const commands = {
    kldload: 'exec ngflow kldload "$@"',
    sysrc: 'exec ngflow sysrc -f /etc/rc.conf "$@"',
    service: 'exec "/usr/local/etc/rc.d/$1" "$2"',
  };
  mkdirSync(machine.path("/run/bin"));
  for (const [name, text] of Object.entries(commands)) {
    writeFileSync(machine.path(`/run/bin/${name}`), `#!/bin/sh\n${text}\n`);
    chmodSync(machine.path(`/run/bin/${name}`), 0o755);
  }
  writeFileSync(machine.path("/etc/rc.subr"), RC_SUBR);
  return "/run/bin";
}
