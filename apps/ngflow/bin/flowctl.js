#!/usr/bin/env node
import "../dist/flowctl/main.js";
