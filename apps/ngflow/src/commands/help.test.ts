import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { runFlowctl } from "./flowctl/flowctl.ts";
import { VERBS as NGFLOW_VERBS } from "./ngflow/verbs.ts";
import { VERBS } from "./ngctl/verbs.ts";
import { runNgctl } from "./ngctl/ngctl.ts";
import { runNghook } from "./nghook/nghook.ts";
import type { ProcessIo } from "./process-io.ts";
import { collectingIo } from "./testing/collecting-io.ts";

const noDaemon = (): never => {
  throw new Error("the daemon was asked");
};

type Run = (argv: readonly string[], io: ProcessIo) => Promise<number>;

/** The commands with FreeBSD's options; `ngflow` has commander's help. */
const COMMANDS: Readonly<Record<string, Run>> = {
  ngctl: (argv, io) => runNgctl(["--control", "/nowhere/control.sock", ...argv], io),
  nghook: (argv, io) => runNghook(argv, io, { input: noDaemon, output: noDaemon, controlPath: noDaemon }),
  flowctl: (argv, io) => runFlowctl(argv, io, { controlPath: noDaemon, interfaceNames: () => undefined }),
};

async function helped(run: Run, option: string): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const io = collectingIo({ pid: 100, onOut: (text) => (out += text), onErr: (text) => (err += text) });
  const status = await run([option], io);
  return { status, out, err };
}

describe.each(Object.entries(COMMANDS))("%s", (name, run) => {
  it.each(["--help", "-h"])("%s prints its purpose, two examples and exits 0, without a daemon", async (option) => {
    const { status, out, err } = await helped(run, option);
    expect(status).toBe(0);
    expect(err).toBe("");
    expect(out).toMatch(new RegExp(`^${name} [^]*usage: ${name} `));
    expect(out.match(new RegExp(`^  ${name} .*\n {6}\\S`, "gm"))).toHaveLength(2);
    for (const line of out.split("\n")) {
      if (!/^ *(usage: )?ng(ctl|hook) \[?-/.test(line)) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });
});

it("ngctl lists every command with its line", async () => {
  const { out } = await helped(runNgctl, "--help");
  for (const { name, summary } of VERBS) expect(out).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, "m"));
});

/** The help of a command and of those below it, by their names. */
function helps(command: Command, name: string): [string, string][] {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return [[name, text], ...command.commands.flatMap((each) => helps(each, `${name} ${each.name()}`))];
}

it.each(NGFLOW_VERBS)("ngflow $name --help fits 80 columns", async ({ name, load }) => {
  const all = helps((await load()).define(new Command(name), NGFLOW_VERBS), name);
  const wide = all.flatMap(([of, text]) =>
    text.split("\n").flatMap((line) => (line.length > 80 ? [`${of}: ${line}`] : [])),
  );
  expect(wide).toEqual([]);
});
