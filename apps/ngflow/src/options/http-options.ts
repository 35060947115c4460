import { readFileSync } from "node:fs";
import { Option } from "commander";
import type { ServerConfig } from "@ngflow/server";
import { type Role, ROLES } from "@ngflow/server/access";
import { OptionsError } from "./errors.ts";
import { collect, type HostPort, parseHostPort } from "./options.ts";

/** Options of the commands that serve the console: where, and to whom. */
export interface HttpOptions {
  readonly http?: string | undefined;
  readonly httpTokenFile?: string | undefined;
  /** `--no-login` makes it false. */
  readonly login?: boolean | undefined;
  readonly loginHeader?: string | undefined;
  readonly loginFrom?: readonly string[] | undefined;
  readonly loginRole?: Role | undefined;
  readonly httpCert?: string | undefined;
  readonly httpKey?: string | undefined;
  readonly allowHost?: readonly string[] | undefined;
  readonly basePath?: string | undefined;
}

/** What the server is configured with by these options. */
export type HttpConfig = Required<
  Pick<ServerConfig, "host" | "port" | "token" | "allowInsecure" | "allowedHosts" | "basePath" | "loginHeader" | "tls">
> & {
  /** The files of `tls`, which may be renewed. */
  readonly tlsFiles: TlsPaths | null;
};

export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
}

const DEFAULT_HTTP: HostPort = { host: "127.0.0.1", port: 8080 };

export const httpOptions = (): Option[] => [
  new Option("--http <host:port>", "address of the console (default 127.0.0.1:8080)"),
  new Option("--http-token-file <file>", "file with the token that readers of the console and the API need"),
  new Option("--no-login", "serve other machines without asking who reads: they can see every flow"),
  new Option("--login-header <name>", "header in which a proxy names the reader, for example X-Forwarded-User"),
  new Option("--login-from <prefix>", "proxy that is believed (default this machine; repeatable)").argParser(collect),
  new Option("--login-role <role>", "role of readers whom only the proxy knows (default viewer)").choices([...ROLES]),
  new Option("--http-cert <file>", "certificate chain of the console, PEM: serves HTTPS"),
  new Option("--http-key <file>", "key of the certificate, PEM"),
  new Option("--allow-host <name>", "host name that the console is also served by, such as a proxy's").argParser(
    collect,
  ),
  new Option("--base-path <path>", "path at which a proxy serves the console, such as /ngflow"),
];

/** Files of these options, for a daemon that changes its user. */
export function httpFiles({ httpTokenFile, httpCert, httpKey }: HttpOptions): (string | undefined)[] {
  return [httpTokenFile, httpCert, httpKey];
}

/** The address of the console. @throws InvalidArgumentError */
export function httpAddress({ http }: HttpOptions): HostPort {
  return http === undefined ? DEFAULT_HTTP : parseHostPort(http);
}

/** @throws OptionsError `token-unreadable`, `usage`; InvalidArgumentError for a wrong address. */
export function httpConfig(options: HttpOptions): HttpConfig {
  const { httpTokenFile, loginHeader, loginFrom, loginRole } = options;
  if (loginHeader === undefined && (loginFrom !== undefined || loginRole !== undefined)) {
    throw new OptionsError("usage", "--login-from and --login-role need --login-header");
  }
  const tlsFiles = tlsPaths(options);
  return {
    ...httpAddress(options),
    token: httpTokenFile === undefined ? null : readText("--http-token-file", httpTokenFile).trim(),
    allowInsecure: options.login === false,
    allowedHosts: options.allowHost ?? [],
    basePath: basePath(options.basePath ?? ""),
    loginHeader:
      loginHeader === undefined ? null : { header: loginHeader, from: loginFrom ?? [], role: loginRole ?? "viewer" },
    tlsFiles,
    tls: tlsFiles === null ? null : readTls(tlsFiles),
  };
}

/** The path without a slash at its end. @throws OptionsError `usage` for a text that is no path. */
function basePath(text: string): string {
  const path = text.replace(/\/+$/, "");
  if (/^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path)) return path;
  throw new OptionsError(
    "usage",
    `--base-path "${text}": a path of letters, digits, ".", "_", "~" and "-", such as /ngflow`,
  );
}

/** Certificate and key, as they are now. @throws OptionsError `token-unreadable` */
export function readTls({ cert, key }: TlsPaths): { readonly cert: string; readonly key: string } {
  return { cert: readText("--http-cert", cert), key: readText("--http-key", key) };
}

function tlsPaths({ httpCert, httpKey }: HttpOptions): TlsPaths | null {
  if (httpCert === undefined && httpKey === undefined) return null;
  if (httpCert !== undefined && httpKey !== undefined) return { cert: httpCert, key: httpKey };
  throw new OptionsError("usage", "--http-cert and --http-key need each other");
}

function readText(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new OptionsError(
      "token-unreadable",
      `${option} ${file}: cannot be read (${why}) by user ${process.geteuid?.() ?? "of this process"}`,
      { cause },
    );
  }
}

/** Who may read, for the ready lines: empty where only this machine can. */
export function readersText(config: HttpConfig, users: number, listening: string): string {
  const { token, allowInsecure, loginHeader } = config;
  const asks = [
    ...(users > 0 ? ["a user's password"] : []),
    ...(token === null ? [] : ["the token of --http-token-file"]),
    ...(loginHeader === null ? [] : [`the proxy's ${loginHeader.header}`]),
  ];
  if (asks.length > 0) return `listens on ${listening}; asks for ${asks.join(", or ")}`;
  return allowInsecure ? `listens on ${listening}; open to everybody who reaches it (--no-login)` : "";
}
