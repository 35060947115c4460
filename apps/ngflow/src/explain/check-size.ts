import type { Script } from "@ngflow/plan";
import { ScriptError } from "./errors.ts";

/** Limits of a script in steps and interfaces. Every step inspects the whole graph. */
const MAX_STEPS = 5000;
const MAX_INTERFACES = 64;

/** @throws NgflowError when a script has too many steps, or names too many interfaces. */
export function checkSize(name: string, script: Script, interfaces: readonly string[], maxSteps = MAX_STEPS): void {
  const steps = script.commands.filter((command) => command.kind === "ngctl").length;
  if (steps > maxSteps) {
    throw new ScriptError("script-too-long", `${name}: ${steps} commands; the limit is ${maxSteps}`);
  }
  if (interfaces.length > MAX_INTERFACES) {
    throw new ScriptError(
      "too-many-interfaces",
      `${name}: ${interfaces.length} interfaces; the limit is ${MAX_INTERFACES}; choose some with --interface`,
    );
  }
}
