/** `demo`: a purchase and a refund on a stack of its own, and what each one opens and closes. */

import { checkoutSessionCompleted, newPurchase, refundCreated } from "../../stripe/events.ts";
import {
  check,
  expectAccess,
  expectModules,
  expectOutcome,
  expectRefusal,
  findModule,
  MODULE,
  readAccess,
  signUp,
} from "./checks.ts";
import { interruption } from "../../local/interruption.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { printError, say } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";
import { command } from "../frame.ts";
import { progressBar, STARTING, watched } from "../progress_bar.ts";

export const demo = command({
  name: "demo",
  summary:
    "Show a whole purchase on a stack of its own: nothing, a payment, an open module, a refund",
  details: "Every printed line was checked. The demo needs no account and leaves nothing behind.",
  options: {},
  examples: [""],
  exitCodes: ["every check passed"],
  failure: "a check failed, or the stack did not start",
  run: runDemo,
});

async function runDemo(): Promise<number> {
  const interrupted = interruption();
  const startedAt = performance.now();
  const log: string[] = [];
  say("Starting Postgres, the Data API, Auth and the functions …");
  await using stack = await watched(
    progressBar({ json: false }),
    STARTING,
    () => startStack({ log: (line) => log.push(line) }),
  );
  say(`✓ The stack is up at ${stack.apiUrl} (${seconds(startedAt)}).`);

  const signal = await Promise.race([showStory(stack, log), interrupted]);
  if (signal === undefined) {
    say(`Done in ${seconds(startedAt)}. Next: ${task("dev")}`);
    return 0;
  }
  log.length = 0; // after Ctrl-C the failure of the demo has no meaning
  await stack.stop();
  say(`Stopped by ${signal}; nothing is left behind.`);
  return 130;
}

/** Runs the demo. If it fails, the log of the functions is printed. */
async function showStory(stack: Stack, log: string[]): Promise<undefined> {
  try {
    await runStory(stack);
  } catch (error) {
    log.forEach((line) => printError(line));
    throw error;
  }
}

async function runStory(stack: Stack): Promise<void> {
  const ada = await signUp(stack, "Ada");
  const bob = await signUp(stack, "Bob");
  say("✓ Ada and Bob have signed up.");

  await expectModules(ada, []);
  await expectAccess(ada, false);
  say(`✓ Ada has no module: my_modules is empty, has_module_access('${MODULE}') is false.`);

  const purchase = newPurchase({ userId: ada.id, moduleId: await findModule(ada) });
  const paid = checkoutSessionCompleted(purchase);
  await expectOutcome(stack, paid, "applied");
  say(`✓ Stripe says that Ada paid: a signed ${paid.type}, answered 200 applied.`);

  await expectModules(ada, ["active"]);
  await expectAccess(ada, true);
  say("✓ Ada's module is open: one row in my_modules, status active.");
  await expectModules(bob, []);
  await expectAccess(bob, false);
  check(await readAccess(bob) === "[]", "Bob reads no access", await readAccess(bob));
  await expectRefusal(stack);
  say("✓ It is open to no one else: Bob sees none, and anonymous callers are refused (42501).");

  const before = await readAccess(ada);
  await expectOutcome(stack, paid, "duplicate");
  const after = await readAccess(ada);
  check(after === before, `Ada's access stays ${before}`, after);
  say("✓ The same event again: answered 200 duplicate, nothing changed.");

  const refund = refundCreated(purchase);
  await expectOutcome(stack, refund, "applied");
  await expectModules(ada, ["closed"]);
  await expectAccess(ada, false);
  say(`✓ The money goes back: a signed ${refund.type}, and the module is closed.`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

if (import.meta.main) await demo.runAndExit();
