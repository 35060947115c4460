import { ownControlPath } from "../../control/path.ts";
import { endWithReader, processIo } from "../process-io.ts";
import { runFlowctl } from "./flowctl.ts";
import { readInterfaceNames } from "./interface-names.ts";

endWithReader();
process.exitCode = await runFlowctl(process.argv.slice(2), processIo(), {
  controlPath: ownControlPath,
  interfaceNames: readInterfaceNames(),
});
