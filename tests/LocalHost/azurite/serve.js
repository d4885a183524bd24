// Runs Azurite until standard input ends, so that it never outlives the process that started it, even if that process was killed.
"use strict";

// Azurite waits for its connections to close. After this time the process exits even if some are open.
const LONGEST_SHUTDOWN_MS = 10_000;

// Ctrl+C in a terminal is sent to this process too. It is ignored, because the host needs the storage until it has shut down.
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
