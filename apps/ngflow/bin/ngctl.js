#!/usr/bin/env node
void import("../dist/commands/ngctl/main.js");
