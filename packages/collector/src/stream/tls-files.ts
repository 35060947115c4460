import { constants, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type TlsOptions } from "node:tls";
import { CertificateNames } from "./certificate-names.ts";
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
  /** Names of which the certificate of a client must have one; see `CertificateNames`. Default: any. */
  readonly names?: readonly string[] | undefined;
  /** The latest version that a connection may have. Default: 1.2, see `LAST_VERSION`. */
  readonly maxVersion?: TlsVersion | undefined;
}

/** Versions of TLS that a connection may have. */
export type TlsVersion = "1.2" | "1.3";

/**
 * With 1.3, Node.js sends session tickets after the handshake (RFC 8446 section 4.6.1). An exporter that never reads
 * then ends its connection with a reset instead of FIN, and its system drops what it has not sent yet.
 */
const LAST_VERSION: TlsVersion = "1.2";

/** What a TLS listener needs. */
export interface TlsRules {
  readonly client: TlsSettings["client"];
  readonly options: TlsOptions;
  /** Undefined where any name will do. */
  readonly names: CertificateNames | undefined;
  /** What is wrong with the validity of the certificate; undefined when nothing is. */
  readonly warning: string | undefined;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads and checks the files. RFC 7011 section 11.3 asks for TLS; versions below 1.2 are refused.
 * @throws CollectorError that names the file
 */
export function tlsRules(settings: TlsSettings): TlsRules {
  const { certFile, keyFile, caFile, client, names = [], maxVersion = LAST_VERSION } = settings;
  if (client !== "none" && caFile === undefined) {
    throw new CollectorError("tls-files", "client certificates are checked against a file of authorities: --tls-ca");
  }
  if (names.length > 0 && client === "none") {
    throw new CollectorError("tls-files", "names of certificates are checked where there are some: --tls-ca");
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
    maxVersion: `TLSv${maxVersion}`,
    // Of 1.2 too: nothing is sent that an exporter would have to read.
    secureOptions: constants.SSL_OP_NO_TICKET,
    requestCert: client !== "none",
    rejectUnauthorized: client === "required",
  };
  return {
    client,
    options,
    names: names.length > 0 ? new CertificateNames(names) : undefined,
    warning: validity(certFile, own!, Date.now()),
  };
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
