import { endWithReader, processIo } from "../process-io.ts";
import { ngctl } from "./command.ts";

endWithReader();
process.exitCode = await ngctl(process.argv.slice(2), processIo());
