// People on Element's own SDK, all in one process. Reads requests from stdin and answers on stdout, one JSON
// object a line: {"id", "who", "do", "with"} -> {"id", "is"} or {"id", "error"}. Ends when stdin does.
// The only argument is the folder in which the packages of package-lock.json are installed.

import { createInterface } from "node:readline";

// stdout belongs to the answers: what libraries print goes to the log.
for (const level of ["log", "info", "debug", "trace"]) console[level] = console.error;

const { Person } = await import("./person.mjs");
const people = new Map();

async function handle({ who, do: what, with: given }) {
  if (what === "enter") {
    if (people.has(who)) throw new Error(`${who} is here already`);
    const person = new Person(given);
    people.set(who, person);
    return person.enter(given);
  }
  const person = people.get(who);
  if (!person) throw new Error(`nobody is called ${who}`);
  if (!Person.CAN.has(what)) throw new Error(`people cannot ${what}`);
  if (what === "end") people.delete(who);
  return person[what](given);
}

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = { id: request.id, is: (await handle(request)) ?? null };
    } catch (error) {
      console.error(error);
      answer = { id: request.id, error: `${error.errcode ?? error.name}: ${error.message}` };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  })
  .on("close", () => process.exit(0));

process.on("unhandledRejection", (error) => console.error("unhandled:", error));
