#!/usr/bin/env node
import "../dist/ngctl/main.js";
