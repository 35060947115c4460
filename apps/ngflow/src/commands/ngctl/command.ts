import type { ProcessIo } from "../process-io.ts";
import { runNgctl } from "./ngctl.ts";
import { parseOptions } from "./options.ts";

/** ngctl: `-t FILE` applies a script as one transaction; everything else runs command by command. */
export async function ngctl(argv: readonly string[], io: ProcessIo): Promise<number> {
  const options = parseOptions(argv);
  if ("problem" in options || options.tryFile === undefined) return runNgctl(argv, io);
  const { tryScript } = await import("../../transaction/try-script.ts");
  return tryScript(options.tryFile, options, io);
}
