import { statSync } from "node:fs";
import type { Server } from "@ngflow/server";
import { readTls, type TlsPaths } from "../options/http-options.ts";
import type { Logger } from "./log.ts";

/** How often the files are looked at. */
const LOOK_MS = 10_000;

/**
 * Uses the certificate of the files for new connections when they change, and calls `used` with it. One that is not
 * usable is a warning.
 */
export function renewTls(
  files: TlsPaths,
  server: Pick<Server, "renewCertificate">,
  { log, used }: { readonly log: Logger; readonly used: (cert: string) => void },
): { stop(): void } {
  let seen = stamp(files);
  const timer = setInterval(() => {
    const now = stamp(files);
    if (now === seen) return;
    seen = now;
    try {
      const tls = readTls(files);
      server.renewCertificate(tls);
      used(tls.cert);
      log.info(`the certificate in ${files.cert} is used now`);
    } catch (error) {
      log.warn(`${(error as Error).message}; the certificate of before is used on`);
    }
  }, LOOK_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function stamp({ cert, key }: TlsPaths): string {
  return [cert, key].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(" ");
}
