import { DATA } from "./data.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";

/**
 * The executable that munin-node runs, and its user. The name of a link selects the graph: `ngflow` all,
 * `ngflow_traffic` only that graph.
 */
export function muninFiles(program: string): GeneratedFile[] {
  return [
    {
      path: "/usr/share/munin/plugins/ngflow_",
      mode: 0o755,
      text: `#!/bin/sh
# ${MARK} --for munin
#%# family=auto
#%# capabilities=autoconf suggest multigraph dirtyconfig
exec ${program} munin --link "\${0##*/}" "$@"
`,
    },
    {
      path: "/etc/munin/plugin-conf.d/ngflow",
      mode: 0o644,
      text: `# ${MARK} --for munin
# The user and the data directory of the units; only that user can read it.
[ngflow*]
user ngflow
env.NGFLOW_DATA ${DATA}
`,
    },
  ];
}
