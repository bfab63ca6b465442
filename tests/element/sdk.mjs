// The SDK as installed in the folder that is the only argument of the process.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const packages = createRequire(join(process.argv[2], "package.json"));
const load = (name) => import(pathToFileURL(packages.resolve(name)));

export const sdk = await load("matrix-js-sdk");
export const { PollResponseEvent } = await load("matrix-js-sdk/lib/extensible_events_v1/PollResponseEvent.js");
export const crypto = await load("matrix-js-sdk/lib/crypto-api/index.js");

// What goes wrong is wanted in the log, what the SDK does all day is not.
const quiet = { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error, getChild: () => quiet };
export const logger = quiet;
