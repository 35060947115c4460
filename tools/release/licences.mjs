// The licences of what a release ships or installs, and its bill of materials.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

const FILE = /^(?:licen[cs]e|copying|notice)(?:[._-].*)?$/i;

const nameOf = (path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

/** Every package with its licence and the text that comes with it; of platforms other than this, without a text. */
export function licencesText(rows) {
  const parts = [...rows].map(([path, row]) => {
    const folder = join(root, path);
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => FILE.test(name)) : [];
    const texts = files.map((name) => readFileSync(join(folder, name), "utf8").trim());
    return `${nameOf(path)} ${row.version}: ${row.license ?? "see its text"}\n\n${texts.join("\n\n")}`.trim();
  });
  return `Licences of the packages that ngflow ships or installs.\n\n${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

const HEX = (integrity) => Buffer.from(integrity.slice(integrity.indexOf("-") + 1), "base64").toString("hex");

function component([path, { version, license, integrity, optional }]) {
  const name = nameOf(path);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const group = name.startsWith("@") ? name.slice(0, name.indexOf("/")) : undefined;
  return {
    type: "library",
    "bom-ref": `${purl}#${path}`,
    group,
    name: group === undefined ? name : name.slice(group.length + 1),
    version,
    purl,
    scope: optional ? "optional" : "required",
    licenses:
      license === undefined
        ? undefined
        : [license.includes(" ") ? { expression: license } : { license: { id: license } }],
    hashes: integrity?.startsWith("sha512-") ? [{ alg: "SHA-512", content: HEX(integrity) }] : undefined,
  };
}

/** The bill of materials of a release, CycloneDX 1.5. The same rows and manifest give the same text. */
export function billOfMaterials({ name, version, license, description }, rows) {
  const purl = `pkg:npm/${name}@${version}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": purl,
        name,
        version,
        description,
        purl,
        licenses: [{ license: { id: license } }],
      },
    },
    components: [...rows].map(component),
  };
}
