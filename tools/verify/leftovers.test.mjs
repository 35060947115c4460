import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Commands } from "./commands.mjs";
import { canEnclose } from "./namespaces.mjs";

// The gate is shown leftovers of every kind: one that let them pass would protect nothing.

/** A program that leaves behind what shell lines leave. */
const leaves = (lines) => ["-e", `require("node:child_process").spawnSync("sh", ["-c", ${JSON.stringify(lines)}])`];

/** What the processes here sleep, by which they are told from others'. */
const SECONDS = `321.${process.pid}`;

/** A process that outlives what started it, and holds none of its descriptors. */
const SLEEPER = `setsid sleep ${SECONDS} </dev/null >/dev/null 2>&1 &`;

const sleepers = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${SECONDS}\0`;
      } catch {
        return false;
      }
    })
    .map(Number);

async function until(holds) {
  const deadlineMs = Date.now() + 15_000;
  while (!holds() && Date.now() < deadlineMs) {
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  expect(holds()).toBe(true);
}

const noLinux = process.platform === "linux" ? undefined : "there is no /proc";

describe.for([
  ["in namespaces of its own", true],
  ["in the machine's", false],
])("a command %s", ([, enclose]) => {
  let commands;
  let others;

  beforeEach((ctx) => {
    ctx.skip(noLinux !== undefined, noLinux);
    ctx.skip(enclose && !canEnclose(), "namespaces need Linux and root");
    others = spawn("sleep", [SECONDS], { stdio: "ignore" });
    commands = new Commands(enclose);
  });
  afterEach(() => {
    commands?.remove();
    others?.kill("SIGKILL");
  });

  test("that leaves nothing behind is what it is: its status and its output", async () => {
    const lines = [];
    const { left, ok, code, output } = await commands.run(
      ["-e", 'console.log("one\\ntwo"); console.error("three"); process.exitCode = 3'],
      { onLine: (line) => lines.push(line) },
    );
    expect({ left, ok, code, lines }).toEqual({ left: [], ok: false, code: 3, lines: ["one", "two"] });
    expect(output.split("\n").sort()).toEqual(["", "one", "three", "two"]);
  });

  test("that leaves a process behind is told so by name, and the process is ended; another's is not", async () => {
    const { left, ok } = await commands.run(leaves(SLEEPER));
    expect(ok).toBe(true);
    expect(left).toEqual([expect.stringMatching(new RegExp(`^process \\d+: sleep ${SECONDS}$`))]);
    await until(() => sleepers().length === 1);
    expect(sleepers()).toEqual([others.pid]);
  });

  test("that leaves temporary files behind is told so, and they are removed", async () => {
    const { left } = await commands.run(leaves('mkdir "$TMPDIR/ngflow-left"; echo $TMPDIR > ${TMPDIR}/file'));
    expect(left.sort()).toEqual(["temporary file", "temporary ngflow-left"]);
    expect(readdirSync(commands.folder).filter((name) => !name.endsWith(".json"))).toEqual([]);
  });

  test("that is stopped ends at once, with all that it started", async () => {
    const ended = commands.run(leaves(`${SLEEPER} sleep ${SECONDS}`));
    await until(() => sleepers().length === 3);
    commands.stop();
    expect(await ended).toMatchObject({ ok: false, code: null });
    await until(() => sleepers().length === 1);
    expect(sleepers()).toEqual([others.pid]);
  });
});

test("network namespaces, interfaces and mounts are leftovers, too", async (ctx) => {
  ctx.skip(!canEnclose(), "namespaces need Linux and root");
  const commands = new Commands();
  try {
    const lines =
      "ip netns add left; ip link add left0 type veth peer name left1; mkdir -p $TMPDIR/m; mount -t tmpfs none $TMPDIR/m";
    const { left } = await commands.run(leaves(lines));
    expect(left.sort()).toEqual([
      "interface left0",
      "interface left1",
      "mount /run/netns/left",
      "mount m",
      "network namespace left",
      "temporary m",
    ]);
    const here = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout;
    expect(here).not.toMatch(/^left\b/m);
  } finally {
    commands.remove();
  }
});

test("a control group that is named after the run is one", async (ctx) => {
  ctx.skip(!canEnclose(), "control groups need Linux and root");
  const [, hierarchy] = / (\S+) cgroup2 /.exec(readFileSync("/proc/mounts", "utf8")) ?? [];
  ctx.skip(hierarchy === undefined, "no control groups (version 2) are mounted");
  const commands = new Commands();
  try {
    const { left } = await commands.run(leaves(`mkdir -p ${hierarchy}/$NGFLOW_VERIFY_RUN-left/inner`));
    expect(left).toEqual([expect.stringMatching(/^control group .*-left$/)]);
    expect(existsSync(left[0].slice("control group ".length))).toBe(false);
  } finally {
    commands.remove();
  }
});

describe("verify itself", () => {
  const VERIFY = join(import.meta.dirname, "../verify.mjs");
  let temporary = "";
  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), "ngflow-verified-"));
  });
  afterAll(() => rmSync(temporary, { recursive: true }));

  const verify = (...args) => spawnSync(process.execPath, [VERIFY, ...args], { encoding: "utf8" });

  test("--help names the steps and the options", () => {
    const { status, stdout } = verify("--help");
    expect(status).toBe(0);
    for (const word of ["--install", "--only", "types", "interop", "timing"]) expect(stdout).toContain(word);
  });

  test("an unknown step or option is a usage error", () => {
    expect(verify("--only", "format,nothing")).toMatchObject({ status: 64, stdout: "" });
    expect(verify("--only", "format,nothing").stderr).toContain("no step nothing; the steps are types, format,");
    expect(verify("--fast")).toMatchObject({ status: 64, stdout: "" });
  });

  /** Starts verify with a step that takes a while, and waits until it runs. */
  async function started() {
    const child = spawn(process.execPath, [VERIFY, "--only", "boundaries"], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    const ended = new Promise((resolve) => {
      child.on("close", (code) => resolve({ code, output }));
    });
    const running = () => readdirSync(temporary).some((name) => existsSync(join(temporary, name, "1")));
    await until(running);
    return { child, ended };
  }

  test.for(["SIGINT", "SIGTERM"])("%s ends what runs, and it says so", async (signal) => {
    const { child, ended } = await started();
    child.kill(signal);
    const { code, output } = await ended;
    expect(code).toBe(130);
    expect(output).toMatch(new RegExp(`\nfailed: boundaries: ended by ${signal}\n0 passed, 1 failed, 0 skipped\n$`));
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("SIGKILL leaves nothing behind either", async () => {
    const { child, ended } = await started();
    child.kill("SIGKILL");
    await ended;
    await until(() => readdirSync(temporary).length === 0);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
