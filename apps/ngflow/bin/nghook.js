#!/usr/bin/env node
import "../dist/nghook/main.js";
