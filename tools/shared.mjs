import { join, resolve } from "node:path";
import { root } from "./workspaces.mjs";

/**
 * The folder of test data that are not part of the repository: captured traffic, and exporters' datagrams with licences
 * of their own. NGFLOW_SHARED names it. By default it is `shared` next to the checkout. The vitest configurations pass
 * the path to tests in NGFLOW_SHARED. What is absent there is skipped by name.
 */
export const sharedFolder = resolve(process.env["NGFLOW_SHARED"] || join(root, "../shared"));
