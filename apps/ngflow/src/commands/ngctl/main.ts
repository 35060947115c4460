import { EXIT } from "@ngflow/base";
import { runNgctl } from "./ngctl.ts";

// A reader that has seen enough (`ngctl list | head -1`) is no error worth a stack trace.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.os);
});

process.exitCode = await runNgctl(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: Boolean(process.stdin.isTTY && process.stdout.isTTY),
  pid: process.pid,
});
