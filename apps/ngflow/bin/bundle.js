"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const folder = join(__dirname, "../dist/bundled");
const file = join(folder, "export.cjs");
/** V8's compiled form of the bundle, made by the build. V8 reads only what its own version has written. */
const cacheFile = join(folder, `export-${process.version}-${process.arch}.cache`);

function read(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}

/**
 * Loads the bundle of `ngflow export`, compiled already if the cache is of this Node.js. Each function it exports
 * starts one thing: the command, or one of its threads.
 * @returns undefined where the modules have to be loaded one by one: without a bundle, and with source maps, which are
 *   those of the modules
 */
function loadBundle() {
  if (process.sourceMapsEnabled) return undefined;
  // The build leaves nothing in it but ASCII, which is the fastest to read.
  const source = read(file, "latin1");
  if (source === undefined) return undefined;
  const script = new Script(source, { filename: file, cachedData: read(cacheFile) });
  const exports = {};
  script.runInThisContext()(exports, require, file);
  return { exports, script };
}

module.exports = { cacheFile, loadBundle };
