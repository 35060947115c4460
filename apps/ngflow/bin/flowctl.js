#!/usr/bin/env node
void import("../dist/commands/flowctl/main.js");
