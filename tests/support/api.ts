import { flowKey, type FlowTotal } from "./capture.ts";
import { ROOT, must, run } from "./command.ts";
import type { Host } from "./hosts.ts";
import { protocolNumber } from "./protocols.ts";

/** The answer of `/api/v1/query`. */
export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly Record<string, string | number | null>[];
}

const FETCH = [process.execPath, `${ROOT}tests/support/fetch.mjs`];

/** GETs a path of the console's server from inside a host's network namespace. */
export class Api {
  readonly #host: Host;
  readonly #base: string;

  constructor(host: Host, address: string) {
    this.#host = host;
    this.#base = `http://${address}/api/v1`;
  }

  get<T>(path: string): T {
    return JSON.parse(must(this.#host.exec([...FETCH, this.#base + path]))) as T;
  }

  /** True once the server answers. */
  answers(): boolean {
    return run(this.#host.exec([...FETCH, `${this.#base}/pipeline`])).status === 0;
  }

  /** One number of the pipeline, such as `rowsStored`. */
  pipeline(): Record<string, number> {
    return this.get<Record<string, number>>("/pipeline");
  }

  /**
   * Bytes and packets per 5-tuple over the last hour, keyed as `readCapture` keys them.
   * @param of `stored` leaves out what flow caches hold: by the time of arrival, flows are those that have arrived
   */
  flowTotals(of?: "stored"): Map<string, FlowTotal> {
    const time = of === "stored" ? "&time=arrival" : "";
    const totals = new Map<string, FlowTotal>();
    for (const metric of ["bytes", "packets"] as const) {
      const { rows } = this.get<QueryAnswer>(
        `/query?by=SrcAddr,DstAddr,SrcPort,DstPort,Proto&metric=${metric}&last=1h&top=1000${time}`,
      );
      for (const row of rows) {
        const key = flowKey(
          String(row["SrcAddr"]),
          String(row["DstAddr"]),
          Number(row["SrcPort"]),
          Number(row["DstPort"]),
          protocolNumber(row["Proto"]),
        );
        const total = totals.get(key) ?? { bytes: 0, packets: 0 };
        total[metric] += Number(row[metric]);
        totals.set(key, total);
      }
    }
    return totals;
  }
}
