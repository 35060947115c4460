import type { ColumnName } from "../columns.ts";
import { PROTOCOL_NAMES } from "../protocols.ts";
import { services } from "../query/services.ts";
import type { NameLookup } from "./name-lookup.ts";

/** What a flow is of, by the best that is known of it. */
export interface ApplicationValue {
  readonly name: string;
  /** What a dialect answers: the number of a name, 0 for none. Callers see the name. */
  readonly kind: "u32";
  readonly label: string;
  /** Short names in the filter language, lower case. */
  readonly aliases?: readonly string[];
  /** Columns that it may need. */
  readonly needs: readonly ColumnName[];
  readonly application: true;
}

export const APPLICATION_VALUE = {
  name: "App",
  kind: "u32",
  label: "Application",
  needs: ["ExporterAddr", "ApplicationId", "Proto", "SrcPort", "DstPort"],
  application: true,
} as const satisfies ApplicationValue;

/** Protocols whose ports are those of services: TCP, UDP, DCCP, SCTP. */
export const PROTOCOLS_WITH_PORTS = [6, 17, 33, 132] as const;

/**
 * The application of flows: what the exporter calls it (RFC 6759, such as Cisco NBAR), else the service of a well-known
 * port, else the protocol, `other tcp` where it has ports.
 */
export function applicationLookup(learned: NameLookup): NameLookup {
  const hasPorts = (protocol: number): boolean => (PROTOCOLS_WITH_PORTS as readonly number[]).includes(protocol);
  const byPort = [...services()];
  const byProtocol = Object.entries(PROTOCOL_NAMES.byValue).map(
    ([number, name]) => [Number(number), hasPorts(Number(number)) ? `other ${name}` : name] as const,
  );
  const all = new Set([...learned.texts, ...byPort.map(([, name]) => name), ...byProtocol.map(([, name]) => name)]);
  all.delete("");
  const texts = ["", ...[...all].sort()];
  const numbers = new Map(texts.map((text, number) => [text, number]));
  const numberOf = (text: string): number => numbers.get(text)!;
  const isLearned = learned.texts.length > 1;
  return {
    texts,
    exporters: [],
    domains: [],
    number: null,
    ofExporters: { keys: [], values: [] },
    ofDomains: { keys: [], values: [] },
    starts: [],
    startValues: [],
    needs: [...new Set<ColumnName>([...(isLearned ? learned.needs : []), "Proto", "SrcPort", "DstPort"])],
    application: {
      learned,
      learnedNumbers: learned.texts.map(numberOf),
      ports: byPort.map(([port]) => port),
      portNumbers: byPort.map(([, name]) => numberOf(name)),
      protocols: byProtocol.map(([protocol]) => protocol),
      protocolNumbers: byProtocol.map(([, name]) => numberOf(name)),
    },
  };
}
