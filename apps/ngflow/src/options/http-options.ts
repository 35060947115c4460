import { readFileSync } from "node:fs";
import { Option } from "commander";
import type { ServerConfig } from "@ngflow/server";
import { OptionsError } from "./errors.ts";
import { collect, type HostPort, parseHostPort } from "./options.ts";

/** Options of the commands that serve the console: where, and to whom. */
export interface HttpOptions {
  readonly http?: string | undefined;
  readonly httpTokenFile?: string | undefined;
  readonly insecureHttp?: boolean | undefined;
  readonly allowHost?: readonly string[] | undefined;
}

/** What the server is configured with by these options. */
export type HttpConfig = Required<Pick<ServerConfig, "host" | "port" | "token" | "allowInsecure" | "allowedHosts">>;

const DEFAULT_HTTP: HostPort = { host: "127.0.0.1", port: 8080 };

export const httpOptions = (): Option[] => [
  new Option("--http <host:port>", "address of the console (default 127.0.0.1:8080)"),
  new Option("--http-token-file <file>", "file with the token that readers of the console and the API need"),
  new Option("--insecure-http", "serve other machines without a token: they can read every flow"),
  new Option("--allow-host <name>", "host name that the console is also served by, such as a proxy's").argParser(
    collect,
  ),
];

/** The address of the console. @throws InvalidArgumentError */
export function httpAddress({ http }: HttpOptions): HostPort {
  return http === undefined ? DEFAULT_HTTP : parseHostPort(http);
}

/** @throws OptionsError `token-unreadable`, InvalidArgumentError for a wrong address. */
export function httpConfig(options: HttpOptions): HttpConfig {
  return {
    ...httpAddress(options),
    token: options.httpTokenFile === undefined ? null : readToken(options.httpTokenFile),
    allowInsecure: options.insecureHttp === true,
    allowedHosts: options.allowHost ?? [],
  };
}

/** The token is the file's text without white space around it. */
function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new OptionsError(
      "token-unreadable",
      `--http-token-file ${file}: cannot be read (${why}) by user ${process.geteuid?.() ?? "of this process"}`,
      { cause },
    );
  }
}

/** Who may read, for the ready lines: empty where only this machine can. */
export function readersText({ token, allowInsecure }: HttpConfig, listening: string): string {
  if (token !== null) return `listens on ${listening}; asks for the token of --http-token-file`;
  return allowInsecure ? `listens on ${listening}; open to everybody who reaches it (--insecure-http)` : "";
}
