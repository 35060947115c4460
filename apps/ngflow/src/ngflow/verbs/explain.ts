import { readFileSync } from "node:fs";
import { EXIT, NgflowError } from "@ngflow/base";
import { type Plan, readScript, scriptInterfaces } from "@ngflow/graph";
import { Command, Option } from "commander";
import { explainScript } from "../../explain/explain-script.ts";
import { planJson } from "../../explain/plan-json.ts";
import { planText } from "../../explain/plan-text.ts";
import { VERBS } from "../../ngctl/verbs.ts";
import { sharedOptions } from "../../options.ts";
import { writeOut } from "../../output/write.ts";

interface Options {
  readonly interface?: readonly string[];
  readonly format: "text" | "json";
}

/** Bytes of the largest script, steps and interfaces of the longest. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_STEPS = 20_000;
const MAX_INTERFACES = 64;

/** Reads a file, or standard input. @throws NgflowError noInput, or data when it is too long. */
function readInput(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (cause) {
    throw new NgflowError(
      "script-unreadable",
      `${file}: cannot read the script: ${(cause as Error).message}`,
      "noInput",
      { cause },
    );
  }
  if (bytes.length > MAX_BYTES) {
    throw new NgflowError("script-too-long", `${file}: ${bytes.length} bytes; a script may have ${MAX_BYTES}`, "data");
  }
  return bytes.toString("utf8");
}

async function explain(file: string, options: Options): Promise<Plan> {
  const script = readScript(readInput(file), { verbs: VERBS.map((verb) => verb.name) });
  const interfaces = options.interface ?? scriptInterfaces(script.commands);
  const steps = script.commands.filter((command) => command.kind === "ngctl").length;
  if (steps > MAX_STEPS) {
    throw new NgflowError("script-too-long", `${file}: ${steps} commands; explain takes ${MAX_STEPS}`, "data");
  }
  if (interfaces.length > MAX_INTERFACES) {
    throw new NgflowError(
      "too-many-interfaces",
      `${file}: it seems to name ${interfaces.length} interfaces, a model has ${MAX_INTERFACES}; name those that count with --interface`,
      "data",
    );
  }
  return explainScript(script, { name: file, interfaces });
}

export function command(): Command {
  return new Command("explain")
    .description("try an ngctl script on a model machine: what every step does to graph and traffic, with pictures")
    .argument(
      "<file>",
      "script: ngctl lines, a shell script with ngctl lines, or text pasted from a terminal; - for standard input",
    )
    .addOption(sharedOptions.interface())
    .addOption(new Option("--format <format>", "form of the report").choices(["text", "json"]).default("text"))
    .action(async (file: string, options: Options) => {
      const plan = await explain(file, options);
      await writeOut(options.format === "json" ? planJson(plan) : planText(plan, process.stdout.isTTY === true));
      if (plan.steps.some((step) => step.outcome !== "done")) process.exitCode = EXIT.failed;
    });
}
