import { isIPv6 } from "node:net";
import { type Compression } from "./record-batch.ts";
import { type Mechanism, MECHANISMS } from "./sasl.ts";

export interface Broker {
  readonly host: string;
  readonly port: number;
}

/** A topic and how its brokers are reached. */
export interface KafkaTarget {
  /** Brokers that are asked for the others. */
  readonly brokers: readonly Broker[];
  readonly topic: string;
  /** Files of TLS; absent: connections are readable. */
  readonly tls: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | undefined;
  readonly sasl: { readonly mechanism: Mechanism; readonly user: string; readonly passwordFile: string } | undefined;
  readonly compression: Compression;
}

/** Words behind the `#` that only Kafka has. */
export const KAFKA_WORDS = [
  "compression",
  "sasl",
  "user",
  "password-file",
  "ca-file",
  "cert-file",
  "key-file",
] as const;

const EXPECTED = "expected kafka://HOST:PORT,HOST:PORT/TOPIC";
const PORT = 9092;

export const isKafka = (text: string): boolean => /^kafka(\+tls)?:/.test(text);

/** Reads `kafka://HOST:PORT,…/TOPIC` or `kafka+tls://…`, without what is behind its `#`; `fail` gets a fault. */
export function parseKafka(
  text: string,
  words: ReadonlyMap<string, string>,
  fail: (fault: string) => never,
): KafkaTarget {
  const [, tls, hosts = "", topic = ""] = /^kafka(\+tls)?:\/\/([^/?#]+)\/([^/?#]+)$/.exec(text) ?? fail(EXPECTED);
  if (!/^[\w.-]{1,249}$/.test(topic)) fail(`${topic} is not the name of a topic`);
  const brokers = hosts.split(",").map((each): Broker => {
    const [, six, name, port = String(PORT)] =
      /^(?:\[([^\]]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(each) ?? fail(EXPECTED);
    if ((six !== undefined && !isIPv6(six)) || Number(port) < 1 || Number(port) > 65_535) fail(EXPECTED);
    return { host: six ?? name!, port: Number(port) };
  });
  const file = (word: string): string | undefined => words.get(word);
  const [caFile, certFile, keyFile] = [file("ca-file"), file("cert-file"), file("key-file")];
  if (tls === undefined && (caFile ?? certFile ?? keyFile) !== undefined)
    fail("ca-file, cert-file and key-file are for kafka+tls://");
  if ((certFile === undefined) !== (keyFile === undefined)) fail("cert-file and key-file need each other");
  const compression = words.get("compression") ?? "none";
  if (compression !== "none" && compression !== "gzip") return fail("compression is none or gzip");
  return {
    brokers,
    topic,
    tls: tls && { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) },
    sasl: saslOf(words, fail),
    compression,
  } as KafkaTarget;
}

function saslOf(words: ReadonlyMap<string, string>, fail: (fault: string) => never): KafkaTarget["sasl"] {
  const [mechanism, user, passwordFile] = ["sasl", "user", "password-file"].map((word) => words.get(word));
  if (mechanism === undefined && user === undefined && passwordFile === undefined) return undefined;
  if (mechanism === undefined || user === undefined || passwordFile === undefined)
    return fail("sasl, user and password-file need each other");
  if (!Object.hasOwn(MECHANISMS, mechanism)) return fail(`sasl is one of ${Object.keys(MECHANISMS).join(", ")}`);
  return { mechanism: mechanism as Mechanism, user, passwordFile };
}

/** The files that it reads. */
export const kafkaFiles = ({ tls, sasl }: KafkaTarget): string[] =>
  [tls?.caFile, tls?.certFile, tls?.keyFile, sasl?.passwordFile].filter((path) => path !== undefined);
