#!/usr/bin/env node
// Stands in the checkout before the first build, so that npm links the command at install.
import '../dist/main.js'
