#!/usr/bin/env node
import "../dist/commands/nghook/main.js";
