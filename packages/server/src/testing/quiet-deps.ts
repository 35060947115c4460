import type { ServerDeps } from "../deps.ts";
import { arrayReader } from "./array-reader.ts";

/** What a server shows that has seen nothing and logs nothing. */
export function quietDeps(): ServerDeps {
  const totals = { packetsSeen: 0, packetsDropped: 0, packetsAccounted: 0, recordsExported: 0 };
  const collected = { datagramsReceived: 0, recordsLost: 0, recordsDecoded: 0, rowsStored: 0 };
  return {
    reader: arrayReader([]),
    sources: {
      "/pipeline": () => ({ ...totals, ...collected, hops: [] }),
      "/graph": () => null,
      "/graph/history": () => null,
      "/graph/types": () => ({ types: [] }),
      "/exporters": () => ({ exporters: [] }),
      "/names/status": () => ({ sources: [] }),
      "/names": () => ({ names: [] }),
      "/store": () => null,
      "/info": () => ({}),
    },
    log: { info() {}, warn() {}, error() {} },
  };
}
