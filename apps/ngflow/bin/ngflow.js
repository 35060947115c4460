#!/usr/bin/env node
import "../dist/ngflow/main.js";
