import { EXIT } from "@ngflow/base";
import { ownControlPath } from "../../control/path.ts";
import { runFlowctl } from "./flowctl.ts";
import { readInterfaceNames } from "./interface-names.ts";

// A reader that has seen enough is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.os);
});

process.exitCode = await runFlowctl(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  pid: process.pid,
  controlPath: ownControlPath,
  interfaceNames: readInterfaceNames(),
});
