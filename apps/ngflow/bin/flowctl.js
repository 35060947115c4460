#!/usr/bin/env node
import "../dist/commands/flowctl/main.js";
