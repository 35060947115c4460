#!/usr/bin/env node
"use strict";
const { loadBundle } = require("./bundle.js");

// As in main.ts: the verb is the first word that is not an option.
const verb = process.argv.slice(2).find((word) => !word.startsWith("-"));
const bundle = verb === undefined ? undefined : loadBundle(verb);
if (bundle === undefined) void import("../dist/commands/ngflow/main.js");
else void bundle.exports.main();
