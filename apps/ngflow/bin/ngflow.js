#!/usr/bin/env node
"use strict";
// Threads that read files and wait for the database: two for queries of users, one each for queries of the server, for
// writing, for cancelling, and for files. Node.js makes them at their first use, so this comes first.
process.env.UV_THREADPOOL_SIZE ??= "6";
const { loadBundle } = require("./bundle.js");

// As in main.ts: the verb is the first word that is not an option.
const verb = process.argv.slice(2).find((word) => !word.startsWith("-"));
const bundle = verb === undefined ? undefined : loadBundle(verb);
if (bundle === undefined) void import("../dist/commands/ngflow/main.js");
else void bundle.exports.main();
