import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** Code that must read what a node does from the role of its type, not from the type's name. */
export const SHARED = [
  "packages/plan/src",
  "packages/graph/src",
  "packages/console/src",
  "packages/server/src",
  "apps/ngflow/src/daemon",
  "apps/ngflow/src/explain",
  "apps/ngflow/src/transaction",
  "apps/ngflow/src/control",
];

/** Files that may name a type, and why. */
export const ALLOWED = {
  "packages/graph/src/socket-type.ts": "the framework's own type, defined here",
  "packages/plan/src/drawing/columns.ts": "iface, a hook of meters",
  "apps/ngflow/src/daemon/machine-interfaces.ts": "CAP_BPF, a capability",
  "apps/ngflow/src/daemon/privileges.ts": "CAP_BPF, a capability",
};

/**
 * Names of node types: each has its folder, which packages/nodes/src/contract.test.ts checks, and the framework has
 * one.
 */
export function typeNames(root) {
  const nodes = join(root, "packages/nodes/src");
  const folders = readdirSync(nodes).filter((name) => existsSync(join(nodes, name, `${name}.ts`)));
  return new Set([...folders, "socket"]);
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "testing") yield* sources(path);
    else if (/[.](ts|svelte)$/.test(entry.name) && !/[.](test|bench|gen)[.]ts$/.test(entry.name)) yield path;
  }
}

/** The code of a Svelte file, at its position: its script, and what is in braces outside of style and script. */
function codeOf(path, text) {
  if (!path.endsWith(".svelte")) return text;
  const blank = (all) => all.replace(/[^\n]/g, " ");
  const bare = text.replace(/<style[^]*?<\/style>|<!--[^]*?-->/g, blank);
  const script = /<script[^>]*>([^]*?)<\/script>/g;
  const markup = bare.replace(script, blank).replace(/[^{}]*(\{[^{}]*\})?/g, (all, code = "") => {
    return blank(all.slice(0, all.length - code.length)) + code.replace(/^\{[#:/@]\w*/, blank).replace(/[{}]/g, ";");
  });
  const scripts = [...bare.matchAll(script)].map(([all, code]) => [bare.indexOf(all) + all.indexOf(code), code]);
  return scripts.reduce((out, [at, code]) => out.slice(0, at) + code + out.slice(at + code.length), markup);
}

/** Whether a name in quotes, or a key of an object, is one of those names. */
function namedBy(node, names) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return names.has(node.text) && !ts.isImportDeclaration(node.parent) && !ts.isExportDeclaration(node.parent);
  }
  // `{ ether: "ring" }`: a table by the names of types.
  return isNamed(node, names) && isTable(node.parent, names);
}

function isNamed(node, names) {
  return ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && names.has(node.name.text);
}

/** Whether an object is a table: every value is a text, or several keys are names of types. Options are neither. */
function isTable({ properties }, names) {
  if (properties.filter((each) => isNamed(each, names)).length > 1) return true;
  return properties.every((each) => ts.isPropertyAssignment(each) && ts.isStringLiteral(each.initializer));
}

/**
 * Places in shared code that name a node type.
 * @param {string} root absolute path of the checkout
 * @returns {{ read: number, violations: { path: string, line: number, text: string }[] }}
 */
export function checkTypeNames(root) {
  const names = typeNames(root);
  const violations = [];
  const used = new Set();
  let read = 0;
  for (const folder of SHARED) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of sources(join(root, folder))) {
      read++;
      const path = relative(root, file);
      const text = readFileSync(file, "utf8");
      const source = ts.createSourceFile(file, codeOf(path, text), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
      const visit = (node) => {
        if (namedBy(node, names)) {
          if (Object.hasOwn(ALLOWED, path)) used.add(path);
          else {
            const { line } = source.getLineAndCharacterOfPosition(node.getStart());
            violations.push({ path, line: line + 1, text: text.split("\n")[line].trim() });
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  }
  for (const path of Object.keys(ALLOWED)) {
    if (existsSync(join(root, path)) && !used.has(path)) {
      violations.push({ path, line: 1, text: "names no type any more: take its row out of ALLOWED" });
    }
  }
  return { read, violations };
}
