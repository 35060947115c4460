import { followInterfaceNames, openKernelRoutes } from "@ngflow/os";
import { type NetflowConfig, readAsTable } from "@ngflow/nodes";

/** How long the start waits for the routing table. A larger table is still being read while packets arrive. */
const ROUTES_WAIT_MS = 1000;

/** Routes, interfaces and AS numbers that netflow nodes get from the machine, outside of the packet path. */
export interface MachineFacts {
  readonly options: Pick<NetflowConfig, "routes" | "interfaces" | "asTable">;
  /** Stops following the kernel. Safe to call twice. */
  close(): void;
}

/** AS numbers from a file only, without routes and interfaces. @throws NgflowError when the file is not an AS table. */
export function fileFacts(asTable: string | undefined): MachineFacts {
  return { options: asTable === undefined ? {} : { asTable: readAsTable(asTable) }, close: () => {} };
}

/**
 * The kernel's routes and interface names, kept up to date, and AS numbers from a file. Resolves when the routes have
 * been read.
 * @throws NgflowError when the file is not an AS table, and on systems other than Linux.
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
