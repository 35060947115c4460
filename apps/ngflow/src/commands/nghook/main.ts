import { createReadStream, createWriteStream } from "node:fs";
import { EXIT } from "@ngflow/base";
import { ownControlPath } from "../../control/path.ts";
import { runNghook } from "./nghook.ts";

// A reader that has seen enough is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.os);
});

const status = await runNghook(process.argv.slice(2), {
  err: (text) => void process.stderr.write(text),
  input: (descriptor) => (descriptor === 0 ? process.stdin : createReadStream("", { fd: descriptor })),
  output: (descriptor) => (descriptor === 1 ? process.stdout : createWriteStream("", { fd: descriptor })),
  controlPath: ownControlPath,
});

// Input may still be open and would keep the process; the output is written out first.
process.stdout.write("", () => process.exit(status));
