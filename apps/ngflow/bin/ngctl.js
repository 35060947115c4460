#!/usr/bin/env node
import "../dist/commands/ngctl/main.js";
