import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { CollectorError } from "../errors.ts";

const LABEL = /^[a-z0-9_-]{1,63}$/i;

/**
 * The names of which an exporter's certificate must have one (RFC 7011 section 11.3): DNS names and addresses among its
 * subject alternative names. `*.example.net` is every host of that domain, but not of domains within it. The common
 * name does not count, and neither do wildcards in certificates.
 */
export class CertificateNames {
  readonly #names: readonly string[];

  /** @throws CollectorError `tls-name` for what is neither a name nor an address */
  constructor(names: readonly string[]) {
    for (const name of names) {
      const labels = name.replace(/^\*\./, "").split(".");
      if (isIP(name) === 0 && (name.length > 253 || !labels.every((label) => LABEL.test(label))))
        throw new CollectorError("tls-name", `--tls-name ${name}: not a DNS name, *.DOMAIN or an address`);
    }
    this.#names = names;
  }

  /** Whether a certificate (DER) has one of the names. */
  has(certificate: Uint8Array): boolean {
    const read = new X509Certificate(certificate);
    return this.#names.some((name) => {
      if (isIP(name) !== 0) return read.checkIP(name) !== undefined;
      if (name.startsWith("*.")) return dnsNames(read).some((host) => isIn(host, name.slice(1)));
      return read.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
    });
  }
}

/** Whether a host is directly in a domain, which begins with a dot. */
function isIn(host: string, domain: string): boolean {
  const end = domain.toLowerCase();
  const name = host.toLowerCase();
  return name.length > end.length && name.endsWith(end) && !name.slice(0, -end.length).includes(".");
}

/** The DNS names of a certificate. A text in quotes could contain what looks like several: then none counts. */
function dnsNames({ subjectAltName }: X509Certificate): string[] {
  if (subjectAltName === undefined || subjectAltName.includes('"')) return [];
  return subjectAltName.split(", ").flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice("DNS:".length)] : []));
}
