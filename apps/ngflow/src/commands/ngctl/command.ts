import type { ProcessIo } from "../process-io.ts";
import { runNgctl } from "./ngctl.ts";
import { parseOptions } from "./options.ts";

/** The whole of ngctl: `-t FILE` applies a script all or nothing, everything else runs as it is typed. */
export async function ngctl(argv: readonly string[], io: ProcessIo): Promise<number> {
  const options = parseOptions(argv);
  if ("problem" in options || options.tryFile === undefined) return runNgctl(argv, io);
  const { tryScript } = await import("../../transaction/try-script.ts");
  return tryScript(options.tryFile, options, io);
}
