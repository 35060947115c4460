import { followInterfaceNames, openKernelRoutes } from "@ngflow/os";
import { type NetflowConfig, readAsTable } from "@ngflow/nodes";

/** How long a start waits for the first reading of the routes; a table that takes longer comes while packets do. */
const ROUTES_WAIT_MS = 1000;

/** What netflow nodes learn from the machine, off the path of the packets. */
export interface MachineFacts {
  readonly options: Pick<NetflowConfig, "routes" | "interfaces" | "asTable">;
  /** Stops following the kernel. Safe to call twice. */
  close(): void;
}

/** AS numbers from a file, for nodes that have no machine around them. @throws NgflowError when the file is no AS table. */
export function fileFacts(asTable: string | undefined): MachineFacts {
  return { options: asTable === undefined ? {} : { asTable: readAsTable(asTable) }, close: () => {} };
}

/**
 * The kernel's routes and interface names, followed, and AS numbers from a file. Resolves when the routes have been read.
 * @throws NgflowError when the file is no AS table, and where there is no Linux.
 */
export async function openMachineFacts(
  asTable: string | undefined,
  log: (message: string) => void,
): Promise<MachineFacts> {
  const { options } = fileFacts(asTable);
  const names = followInterfaceNames();
  const routes = openKernelRoutes(log);
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => (timer = setTimeout(resolve, ROUTES_WAIT_MS)));
  await Promise.race([routes.ready, waited]);
  clearTimeout(timer);
  return {
    options: { ...options, routes, interfaces: names.list },
    close() {
      names.close();
      routes.close();
    },
  };
}
