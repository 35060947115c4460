import type { Script } from "./link.ts";

/** The six steps that turn an interface into an exporter of NetFlow (`examples/article.ngctl`). */
export const EXAMPLE: Script = {
  script: `mkpeer em0: netflow lower iface0
name em0:lower netflow
connect em0: netflow: upper out0
mkpeer netflow: ksocket export9 inet/dgram/udp
name netflow:export9 nfsock
msg nfsock: connect inet/127.0.0.1:4444
`,
  args: "",
  set: "",
};
