// Runs Azurite until standard input ends: so it never outlives the process that started it, however that one ended.
"use strict";

// Azurite waits for its connections to close; what it holds is saved by then or not at all.
const LONGEST_SHUTDOWN_MS = 10_000;

// Ctrl+C in a terminal reaches this process too, while the host still needs the storage to stop well.
const once = process.once;
process.once = function (event, listener) {
  return event === "SIGINT" ? this : once.call(this, event, listener);
};
process.on("SIGINT", () => {});

process.stdin.on("end", () => {
  setTimeout(() => process.exit(0), LONGEST_SHUTDOWN_MS).unref();
  // Azurite listens for this message once it has started.
  if (!process.emit("message", "shutdown")) {
    process.exit(0);
  }
});
process.stdin.resume();

require("azurite/dist/src/azurite.js");
