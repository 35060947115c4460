import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { EXIT } from "@ngflow/base";
import type { Plan, Theme } from "@ngflow/plan";
import { type Command, Option } from "commander";
import { ScriptError } from "../../../explain/errors.ts";
import { checkSize } from "../../../explain/check-size.ts";
import { explainScript } from "../../../explain/explain-script.ts";
import { judge } from "../../../explain/judge.ts";
import { planJson } from "../../../explain/plan-json.ts";
import { planText } from "../../../explain/plan-text.ts";
import { readForMachine, readForModel, type ReadOnModelOptions } from "../../../explain/read-on-model.ts";
import { writeFileOutput, writePictures } from "../../../explain/write-report.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import type { Model } from "../../../explain/model-machine.ts";
import type { GraphState } from "../../../transaction/graph-state.ts";
import { liveModel } from "../../../transaction/live-model.ts";
import { OptionsError } from "../../../options/errors.ts";
import { sharedOptions } from "../../../options/options.ts";
import { localeText } from "../../../output/locale-text.ts";
import { systemReason } from "../../../output/system-reason.ts";
import { writeOut } from "../../../output/write.ts";

interface Options {
  readonly interface?: readonly string[];
  readonly format: "text" | "json" | "svg" | "html" | "apng";
  readonly output?: string;
  readonly theme?: Theme;
  readonly set?: Readonly<Record<string, string>>;
  /** Start from the graph of the daemon at `control`. */
  readonly live?: true;
  readonly control?: string;
}

/** Longest script, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads a file, or standard input. @throws NgflowError noInput, or data when it is too long. */
function readInput(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (cause) {
    throw new ScriptError("script-unreadable", `${file}: cannot read the script: ${systemReason(cause)}`, { cause });
  }
  if (bytes.length > MAX_BYTES) {
    throw new ScriptError("script-too-long", `${file}: ${bytes.length} bytes; the limit is ${MAX_BYTES}`);
  }
  return bytes.toString("utf8");
}

async function explain(file: string, args: readonly string[], options: Options): Promise<Plan> {
  const text = readInput(file);
  const reading: ReadOnModelOptions = {
    ...(options.set !== undefined && { variables: options.set }),
    ...(args.length > 0 && { args }),
    ...(file !== "-" && { directory: dirname(file) }),
  };
  if (options.live === true) return explainLive(file, text, reading, options);
  const given = options.interface === undefined ? undefined : [...new Set(options.interface)];
  const { script, interfaces } = await readForModel(text, given, reading);
  checkSize(file, script, interfaces);
  return explainScript(script, { name: file, interfaces });
}

/** Explains a script on a model of the graph that a daemon has now. */
async function explainLive(file: string, text: string, reading: ReadOnModelOptions, options: Options): Promise<Plan> {
  if (options.interface !== undefined)
    throw new OptionsError("usage", "--live takes the interfaces of the graph: leave --interface out");
  const state = (await askDaemon(options.control, (client) => client.call("state"))) as GraphState;
  const machine = (): Model => liveModel(state);
  const interfaces = machine().interfaces.map(({ name }) => name);
  const script = await readForMachine(text, machine, reading);
  checkSize(file, script, interfaces);
  return explainScript(script, { name: file, interfaces, machine });
}

/** The report in its format, as text or bytes. Pictures are drawn only for formats that have them. */
async function report(plan: Plan, { format, theme }: Options): Promise<string | Uint8Array> {
  if (format === "json") return planJson(plan);
  if (format === "text") return planText(plan, false);
  const { drawPlan } = await import("../../../explain/drawings.ts");
  const drawings = await drawPlan(plan);
  if (format === "html") return (await import("../../../explain/plan-html.ts")).planHtml(plan, drawings);
  return (await import("../../../explain/plan-apng.ts")).planApng(drawings, theme === "dark" ? "dark" : "light");
}

async function run(file: string, args: readonly string[], options: Options): Promise<void> {
  const { format, output } = options;
  if (format === "svg" && output === undefined) {
    throw new OptionsError("usage", "--format svg writes one file per step: name a directory with --output");
  }
  const plan = await explain(file, args, options);
  if (format === "svg") await writePictures(plan, output!, options.theme ?? "auto");
  else if (output !== undefined) writeFileOutput(output, await report(plan, options));
  else if (format === "text") {
    const colour = process.stdout.isTTY === true && !process.env["NO_COLOR"];
    await writeOut(localeText(planText(plan, colour, process.stdout.columns)));
  } else await writeOut(await report(plan, options));
  const judgement = judge(plan);
  if (judgement !== "ok") process.exitCode = judgement === "refused" ? EXIT.failed : EXIT.data;
}

function setVariable(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  return equals < 1 ? { ...previous, [text]: "" } : { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

export function define(command: Command): Command {
  return command
    .argument(
      "<file>",
      "ngctl lines, a shell script with ngctl commands, or text pasted from a terminal; - for standard input",
    )
    .argument("[arguments...]", "arguments of a shell script: its $1, $2 and so on, such as the verb of an rc.d script")
    .addOption(sharedOptions.interface())
    .addOption(
      new Option("--format <format>", "report format").choices(["text", "json", "svg", "html", "apng"]).default("text"),
    )
    .addOption(new Option("--output <path>", "file to write instead of standard output; a directory for svg"))
    .addOption(
      new Option("--theme <theme>", "colours of the pictures (default: auto, light for apng)").choices([
        "auto",
        "light",
        "dark",
      ]),
    )
    .addOption(
      new Option(
        "--set <name=value>",
        "value of a shell variable or argument (1, 2, ...) in the script (repeatable)",
      ).argParser(setVariable),
    )
    .addOption(new Option("--live", "start from the graph that runs now, instead of a machine without nodes"))
    .addOption(sharedOptions.control())
    .action((file: string, args: readonly string[], options: Options) => run(file, args, options));
}
