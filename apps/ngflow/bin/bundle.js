"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const folder = join(__dirname, "../dist/bundled");
/** Verbs that have a bundle. */
const BUNDLED = ["export", "query"];
/**
 * V8's compiled form of a verb's bundle, made by the build. V8 reads only what its own version has written.
 * @returns the name of the file
 */
const cacheFile = (verb) => join(folder, `${verb}-${process.version}-${process.arch}.cache`);

function read(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}

/**
 * Loads the bundle of a verb, compiled already if the cache is of this Node.js. Each function it exports starts one
 * thing: the command, or one of its threads.
 * @returns undefined where the modules have to be loaded one by one: without a bundle, and with source maps, which are
 *   those of the modules
 */
function loadBundle(verb = "export") {
  if (process.sourceMapsEnabled || !BUNDLED.includes(verb)) return undefined;
  const file = join(folder, `${verb}.cjs`);
  // The build leaves nothing in it but ASCII, which is the fastest to read.
  const source = read(file, "latin1");
  if (source === undefined) return undefined;
  const script = new Script(source, { filename: file, cachedData: read(cacheFile(verb)) });
  const exports = {};
  script.runInThisContext()(exports, require, file);
  return { exports, script };
}

module.exports = { BUNDLED, cacheFile, loadBundle };
