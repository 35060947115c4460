import { createReadStream, createWriteStream } from "node:fs";
import { ownControlPath } from "../../control/path.ts";
import { endWithReader, processIo } from "../process-io.ts";
import { runNghook } from "./nghook.ts";

endWithReader();
const status = await runNghook(process.argv.slice(2), processIo(), {
  input: (descriptor) => (descriptor === 0 ? process.stdin : createReadStream("", { fd: descriptor })),
  output: (descriptor) => (descriptor === 1 ? process.stdout : createWriteStream("", { fd: descriptor })),
  controlPath: ownControlPath,
});

// Open input would keep the process alive, so it exits here, after the output is flushed.
process.stdout.write("", () => process.exit(status));
