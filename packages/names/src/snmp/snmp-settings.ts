import { dirname, resolve } from "node:path";
import { parseIp } from "@ngflow/base";
import { parse } from "yaml";
import { z } from "zod";
import { NamesError } from "../errors.ts";
import { parsePrefix } from "../networks/read-networks.ts";

/** Protocols of SNMPv3. DES is not there: OpenSSL 3 does not have it any more. */
export const SNMP_AUTH = ["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const;
export const SNMP_PRIVACY = ["aes", "aes256b", "aes256r"] as const;

/** Time between two polls of an agent, by default and at least. */
const INTERVAL_MS = 300_000;
const MIN_INTERVAL_MS = 10_000;
const MAX_INTERVAL_MS = 86_400_000;
const MAX_ACCESS = 1000;

/** Prefix of addresses, in 128 bits. */
interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** How the agents of some exporters are asked. Secrets are in files, whose paths are absolute. */
export interface SnmpAccess {
  readonly exporters: readonly Prefix[];
  /** Where the agent answers, if that is not the address of the exporter. */
  readonly address?: string | undefined;
  readonly port: number;
  readonly security:
    | { readonly version: "2c"; readonly communityFile: string }
    | {
        readonly version: "3";
        readonly user: string;
        readonly auth?: { readonly protocol: (typeof SNMP_AUTH)[number]; readonly file: string };
        readonly privacy?: { readonly protocol: (typeof SNMP_PRIVACY)[number]; readonly file: string };
      };
}

/** What a file of `--snmp` has. */
export interface SnmpSettings {
  readonly intervalMs: number;
  /** The first whose prefixes have an exporter is used for it. */
  readonly access: readonly SnmpAccess[];
}

const prefix = z.string().transform((text, { addIssue }): Prefix => {
  const parsed = parsePrefix(text);
  if (typeof parsed !== "string") return parsed;
  addIssue({ code: "custom", message: `"${text}" ${parsed}` });
  return z.NEVER;
});
const file = z.string().min(1);
const AgentSchema = z
  .strictObject({
    exporters: z.union([prefix.transform((one) => [one]), z.array(prefix).min(1)]),
    address: z
      .string()
      .refine((text) => parseIp(text) !== undefined, "is not an address")
      .optional(),
    port: z.int().min(1).max(65_535).default(161),
    version: z.union([z.literal(2), z.literal(3), z.enum(["2c", "3"])]).default("2c"),
    "community-file": file.optional(),
    user: z.string().min(1).max(32).optional(),
    auth: z.enum(SNMP_AUTH).optional(),
    "auth-file": file.optional(),
    privacy: z.enum(SNMP_PRIVACY).optional(),
    "privacy-file": file.optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string): void => void issues.push({ code: "custom", input: value, message });
    const given = (key: string): boolean => value[key as keyof typeof value] !== undefined;
    if (value.version === "2c" || value.version === 2) {
      if (!given("community-file")) refuse("version 2c needs community-file");
      for (const key of ["user", "auth", "auth-file", "privacy", "privacy-file"])
        if (given(key)) refuse(`${key} is of version 3`);
      return;
    }
    if (!given("user")) refuse("version 3 needs user");
    if (given("community-file")) refuse("community-file is of version 2c");
    if (given("auth") !== given("auth-file")) refuse("auth and auth-file need each other");
    if (given("privacy") !== given("privacy-file")) refuse("privacy and privacy-file need each other");
    if (given("privacy") && !given("auth")) refuse("privacy needs auth");
  });

const FileSchema = z.strictObject({
  interval: z
    .string()
    .regex(/^\d{1,5}[smh]$/, "is not a time; write 30s, 5m or 1h")
    .transform((text) => Number(text.slice(0, -1)) * { s: 1000, m: 60_000, h: 3_600_000 }[text.at(-1) as "s"])
    .refine((ms) => ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS, "is not from 10s to 24h")
    .default(INTERVAL_MS),
  agents: z.array(AgentSchema).min(1).max(MAX_ACCESS),
});

/**
 * Reads a file of SNMP agents.
 * @param path of the file: names of files in it are relative to its directory
 * @throws NamesError `names-invalid` with the key
 */
export function readSnmpSettings(text: string, path: string): SnmpSettings {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new NamesError("names-invalid", (error as Error).message.split("\n")[0]!);
  }
  const read = FileSchema.safeParse(content);
  if (!read.success) {
    const { path: keys, message } = read.error.issues[0]!;
    throw new NamesError("names-invalid", keys.length === 0 ? message : `${keys.join(".")}: ${message}`);
  }
  const inDirectory = (name: string): string => resolve(dirname(path), name);
  return {
    intervalMs: read.data.interval,
    access: read.data.agents.map((agent) => ({
      exporters: agent.exporters,
      address: agent.address,
      port: agent.port,
      security: securityOf(agent, inDirectory),
    })),
  };
}

function securityOf(agent: z.output<typeof AgentSchema>, path: (name: string) => string): SnmpAccess["security"] {
  const { "community-file": community, "auth-file": authFile, "privacy-file": privacyFile, auth, privacy } = agent;
  if (community !== undefined) return { version: "2c", communityFile: path(community) };
  return {
    version: "3",
    user: agent.user!,
    ...(auth !== undefined && { auth: { protocol: auth, file: path(authFile!) } }),
    ...(privacy !== undefined && { privacy: { protocol: privacy, file: path(privacyFile!) } }),
  };
}

/** The files with secrets. */
export function snmpSecretFiles({ access }: SnmpSettings): string[] {
  return access.flatMap(({ security }) =>
    security.version === "2c"
      ? [security.communityFile]
      : [security.auth?.file, security.privacy?.file].filter((path) => path !== undefined),
  );
}

/** How the agent of an exporter is asked; undefined where no prefix has its address. */
export function accessOf({ access }: SnmpSettings, exporter: string): SnmpAccess | undefined {
  const bytes = parseIp(exporter);
  if (bytes === undefined) return undefined;
  return access.find(({ exporters }) => exporters.some((each) => isIn(bytes, each)));
}

function isIn(address: Uint8Array, { bytes, length }: Prefix): boolean {
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
    if ((address[bit >> 3]! & mask) !== (bytes[bit >> 3]! & mask)) return false;
  }
  return true;
}
