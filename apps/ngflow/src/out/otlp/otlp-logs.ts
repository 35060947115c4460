/** A value of OTLP in its JSON form: integers are texts, since they have 64 bits. */
type AnyValue = { readonly stringValue: string } | { readonly intValue: string } | { readonly doubleValue: number };

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

type Row = Readonly<Record<string, unknown>>;

const text = (value: unknown): AnyValue => ({ stringValue: String(value) });
const integer = (value: unknown): AnyValue => ({ intValue: String(value) });
const nanoseconds = (time: unknown): string => `${Date.parse(String(time))}000000`;
const time = (value: unknown): AnyValue => ({ intValue: nanoseconds(value) });

/** What the netflow receiver of the OpenTelemetry collector calls protocols, by the number in the column `Version`. */
const PROTOCOLS: Readonly<Record<string, string>> = { 5: "netflow_v5", 9: "netflow_v9", 10: "ipfix", 105: "sflow_5" };

/**
 * Attributes of a flow by its columns: those of OpenTelemetry's conventions for networks, and those that the netflow
 * receiver of its collector has made usual, so that what reads its logs reads these, too.
 */
const ATTRIBUTES: Readonly<Record<string, readonly [key: string, value: (of: unknown) => AnyValue]>> = {
  SrcAddr: ["source.address", text],
  SrcPort: ["source.port", integer],
  DstAddr: ["destination.address", text],
  DstPort: ["destination.port", integer],
  Proto: ["network.transport", text],
  IpVersion: ["network.type", (version) => text(version === 6 ? "ipv6" : "ipv4")],
  Bytes: ["flow.io.bytes", integer],
  Packets: ["flow.io.packets", integer],
  Version: ["flow.type", (version) => text(PROTOCOLS[String(version)] ?? `netflow_v${version}`)],
  SamplingRate: ["flow.sampling_rate", integer],
  ExporterAddr: ["flow.sampler_address", text],
  TcpFlags: ["flow.tcp_flags", integer],
  TimeReceived: ["flow.time_received", time],
  TimeStart: ["flow.start", time],
  TimeEnd: ["flow.end", time],
};

/** Values of columns that a flow does not have. */
const ABSENT: ReadonlySet<unknown> = new Set([null, 0, "", "0", "::", "00:00:00:00:00:00"]);

function attributesOf(row: Row): KeyValue[] {
  return Object.entries(row).flatMap(([column, value]): KeyValue[] => {
    const known = ATTRIBUTES[column];
    if (known !== undefined) return [{ key: known[0], value: known[1](value) }];
    return other(`ngflow.${column}`, value);
  });
}

/** An attribute of another column; of an object, one for each of its values. */
function other(key: string, value: unknown): KeyValue[] {
  if (ABSENT.has(value)) return [];
  if (typeof value === "object" && !Array.isArray(value))
    return Object.entries(value as Row).flatMap(([name, each]) => other(`${key}.${name}`, each));
  if (typeof value === "number")
    return [{ key, value: Number.isSafeInteger(value) ? integer(value) : { doubleValue: value } }];
  return [{ key, value: text(typeof value === "string" ? value : JSON.stringify(value)) }];
}

/** A line for those who read logs: the attributes have it all. */
const lineOf = (row: Row): string =>
  `${row["Proto"]} ${row["SrcAddr"]} ${row["SrcPort"]} > ${row["DstAddr"]} ${row["DstPort"]}: ` +
  `${row["Bytes"]} bytes, ${row["Packets"]} packets`;

/** Flows as a request of OTLP for logs (`ExportLogsServiceRequest` of its version 1, in JSON). */
export function otlpLogs(rows: readonly Row[]): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: text("ngflow") }] },
        scopeLogs: [
          {
            scope: { name: "ngflow" },
            logRecords: rows.map((row) => ({
              timeUnixNano: nanoseconds(row["TimeStart"]),
              observedTimeUnixNano: nanoseconds(row["TimeReceived"]),
              severityNumber: 9,
              severityText: "INFO",
              body: text(lineOf(row)),
              attributes: attributesOf(row),
            })),
          },
        ],
      },
    ],
  };
}
