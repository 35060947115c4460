#!/usr/bin/env node
import "../dist/commands/ngflow/main.js";
