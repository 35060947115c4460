import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type TlsOptions } from "node:tls";
import { CollectorError } from "../errors.ts";

/** Files and rules of `tls://` listeners. */
export interface TlsSettings {
  /** PEM files: the certificate with those that lead to its authority, and its key. */
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM file of the authorities that client certificates are checked against. */
  readonly caFile?: string | undefined;
  /** Whether a client needs a certificate. */
  readonly client: "none" | "optional" | "required";
}

/** What a TLS listener needs. */
export interface TlsRules {
  readonly client: TlsSettings["client"];
  readonly options: TlsOptions;
  /** What is wrong with the validity of the certificate; undefined when nothing is. */
  readonly warning: string | undefined;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads and checks the files. RFC 7011 section 11.3 asks for TLS; versions below 1.2 are refused.
 * @throws CollectorError that names the file
 */
export function tlsRules({ certFile, keyFile, caFile, client }: TlsSettings): TlsRules {
  if (client !== "none" && caFile === undefined) {
    throw new CollectorError("tls-files", "client certificates are checked against a file of authorities: --tls-ca");
  }
  const cert = read(certFile, "certificate");
  const key = read(keyFile, "key");
  const [own] = certificates(certFile, cert);
  check(certFile, "a certificate", { cert });
  check(keyFile, `the key of ${certFile}`, { cert, key });
  const ca = caFile === undefined ? undefined : certificates(caFile, read(caFile, "certificates of authorities"));
  const options: TlsOptions = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion: "TLSv1.2",
    requestCert: client !== "none",
    rejectUnauthorized: client === "required",
  };
  return { client, options, warning: validity(certFile, own!, Date.now()) };
}

function validity(file: string, certificate: string, nowMs: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(certificate);
  if (nowMs > Date.parse(validTo)) return `the certificate in ${file} has expired: ${validTo}`;
  return nowMs < Date.parse(validFrom) ? `the certificate in ${file} is not valid before ${validFrom}` : undefined;
}

function read(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EACCES" ? "this user may not read it" : message;
    throw new CollectorError("tls-unreadable", `${file}: cannot read the ${what} for TLS: ${why}`, { cause });
  }
}

/** The certificates of a PEM file, each checked. */
function certificates(file: string, pem: Buffer): string[] {
  const found = pem.toString("latin1").match(PEM_CERTIFICATE) ?? [];
  if (found.length === 0) throw invalid(file, "has no certificate in PEM format");
  for (const [i, text] of found.entries()) {
    try {
      // The constructor is the check.
      void new X509Certificate(text);
    } catch (cause) {
      throw invalid(file, `certificate ${i + 1} is damaged: ${(cause as Error).message}`, cause);
    }
  }
  return found;
}

function check(file: string, what: string, options: { cert: Buffer; key?: Buffer }): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const { message } = cause as Error;
    throw invalid(file, `is not ${what}: ${message.replace(/^error:[^:]*:[^:]*:[^:]*:/, "")}`, cause);
  }
}

function invalid(file: string, why: string, cause?: unknown): CollectorError {
  return new CollectorError("tls-invalid", `${file}: ${why}`, { cause });
}
