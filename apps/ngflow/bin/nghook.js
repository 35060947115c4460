#!/usr/bin/env node
void import("../dist/commands/nghook/main.js");
