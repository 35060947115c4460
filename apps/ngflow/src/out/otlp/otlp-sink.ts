import { httpSink } from "../http-sink.ts";
import type { LineSink, Refused } from "../sink.ts";
import { otlpLogs } from "./otlp-logs.ts";

/** Collectors read requests of 20 MiB unless set otherwise (`max_request_body_size`); others less. */
const MOST_BYTES = 4_000_000;

/** Posts flows as log records to an OTLP/HTTP receiver. @param address of its logs */
export function otlpSink(address: string, tokenFile: string | undefined): LineSink {
  return httpSink(address, tokenFile, {
    type: "application/json",
    mostBytes: MOST_BYTES,
    body(lines) {
      const rows = lines.trimEnd().split("\n");
      return JSON.stringify(otlpLogs(rows.map((row) => JSON.parse(row) as Readonly<Record<string, unknown>>)));
    },
    refused: refusedOf,
  });
}

/** What a receiver left out of a request that it took ("partial success" of OTLP). */
function refusedOf(answer: string): Refused | undefined {
  interface Answer {
    readonly partialSuccess?: { readonly rejectedLogRecords?: string | number; readonly errorMessage?: string };
  }
  try {
    const { partialSuccess } = JSON.parse(answer) as Answer;
    const flows = Number(partialSuccess?.rejectedLogRecords ?? 0);
    return flows > 0 ? { flows, reason: partialSuccess?.errorMessage ?? "" } : undefined;
  } catch {
    // An answer that is not JSON has taken everything, too.
    return undefined;
  }
}
